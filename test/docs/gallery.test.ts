import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../examples/run-example.js";
import { documents } from "./documents.js";

const folder = join(root, "docs/gallery");
const files = readdirSync(folder);
const results = files.filter((name) => name.endsWith(".txt")).map((name) => [name.replace(/\.txt$/, ""), readFileSync(join(folder, name), "utf8")] as const);
const page = documents.find(({ name }) => name === "docs/gallery.md");

describe("docs/gallery.md", () => {
  test.each(results)("shows the picture and the figures of %s", (name, text) => {
    expect(page?.text).toContain(`](gallery/${name}.webp)`);
    expect(page?.blocks.map((block) => block.text)).toContain(text);
  });

  test("has no picture without figures, and none that is large", () => {
    const pictures = files.filter((name) => name.endsWith(".webp"));
    expect(pictures.map((name) => name.replace(/\.webp$/, "")).toSorted()).toEqual(results.map(([name]) => name).toSorted());
    for (const name of pictures) expect(statSync(join(folder, name)).size, name).toBeLessThan(60_000);
  });

  test("and README.md show the same figures of the demo", () => {
    const [, , ...figures] = results.find(([name]) => name === "demo")?.[1].trimEnd().split("\n") ?? [];
    expect(figures).toHaveLength(4);
    expect(documents.find(({ name }) => name === "README.md")?.text).toContain(figures.join("\n"));
  });
});
