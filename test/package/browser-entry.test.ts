import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./installed.js";

const specifierPattern = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;

/** Every file that a built file imports, itself included, and every import that is no file of the package. */
function importGraph(entry: string): { readonly files: ReadonlySet<string>; readonly foreign: readonly string[] } {
  const files = new Set([join(root, entry)]);
  const foreign: string[] = [];
  for (const file of files) {
    for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(specifierPattern)) {
      if (specifier.startsWith(".")) files.add(join(dirname(file), specifier));
      else foreign.push(`${file.slice(root.length)} imports ${specifier}`);
    }
  }
  return { files, foreign };
}

test("the browser entry imports nothing but files of the package, so no module of Node", () => {
  const { files, foreign } = importGraph("dist/browser.js");
  expect(foreign).toEqual([]);
  for (const wanted of ["dist/index.js", "dist/models/cyclegan/trainer.js", "dist/generated/shaders.js"]) {
    expect(files).toContain(join(root, wanted));
  }
});

test("the walk does find what the Node entry imports", () => {
  expect(importGraph("dist/node.js").foreign.join("\n")).toMatch(/imports webgpu$/m);
});
