/** The documents of the studio: links, search, llms.txt. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { apiDocuments, hasTypedoc } from "../../scripts/documents/api.js";
import { addressOf, listDocuments, root, type Document } from "../../scripts/documents/document.js";
import { linkPages } from "../../scripts/documents/links.js";
import { llmsText } from "../../scripts/documents/llms.js";
import { renderMarkdown, sectionsOf } from "../../scripts/documents/markdown.js";
import { searchEntries } from "../../scripts/documents/search-entries.js";
import { excerpt, searchIn } from "../../src/studio/search/search-index.js";

const documents = listDocuments();
const linked = linkPages(documents);

const page = (text: string): Document => ({ path: "docs/made-up.md", name: "Made up", description: "a page of this test", text });

test("the table in README.md lists every page of docs", () => {
  const files = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  expect(documents.map(({ path }) => path)).toEqual(expect.arrayContaining(files));
  expect(files.length).toBeGreaterThan(15);
});

describe("links", () => {
  test("of all documents lead to pages, files and headings that are there", () => {
    expect(linked.deadLinks).toEqual([]);
    const paths = linked.pages.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(["examples/own-op.ts", "shaders", "shaders/lib", "bench/results/2026-11-nvidia-h200.txt"]));
    expect(linked.pictures).toEqual(expect.arrayContaining(["docs/gallery/demo.webp", "bench/results/growth.png"]));
  });

  test.for([
    ["a page that is not there", "[x](gone.md)", "docs/made-up.md links to gone.md, which is not there."],
    ["a picture that is not there", "![x](gone.png)", "docs/made-up.md links to gone.png, which is not there."],
    ["a file outside of the repository", "[x](../../package.json)", "docs/made-up.md links to ../../package.json, which is not there."],
    ["a heading that is not on the page", "# One\n\n[x](#two)", "docs/made-up.md links to #two, but docs/made-up.md has no such heading."],
    ["a line that the file does not have", "[x](../LICENSE#L9999)", "docs/made-up.md links to ../LICENSE#L9999, but LICENSE has no such heading."],
  ] as const)("to %s are found", ([, text, sentence]) => {
    expect(linkPages([page(text)]).deadLinks).toEqual([sentence]);
  });

  test("are relative to the page, and keep their anchors", () => {
    const { pages, deadLinks } = linkPages([page("# One\n\n[x](#one) [y](../examples/own-op.ts#L1) [z](https://arxiv.org/)")]);
    expect(deadLinks).toEqual([]);
    expect(pages[0]?.html).toContain('<p><a href="made-up.html#one">x</a> <a href="source/examples/own-op.ts.html#L1">y</a> <a href="https://arxiv.org/">z</a></p>');
  });
});

test("the pages have nothing that their policy forbids", () => {
  const html = linked.pages.map((one) => one.html).join("\n");
  expect(html.match(/<script|<style|<iframe|\s(style|on\w+)="/g)).toBe(null);
});

test("headings have GitHub's anchors, twice the same name too, and sections their text without markup", () => {
  const html = renderMarkdown("# `--a` & *b*\n\nOne <two>.\n\n## Part\n\n| x |\n|---|\n| [y](z) |\n\n## Part\n", (href) => href);
  expect(html).toContain('<div class="wide" tabindex="0"><table>');
  expect(sectionsOf(html)).toEqual([
    { anchor: "--a--b", heading: "--a & b", depth: 1, text: "One ." },
    { anchor: "part", heading: "Part", depth: 2, text: "x y" },
    { anchor: "part-1", heading: "Part", depth: 2, text: "" },
  ]);
});

test("a table without a header has none, and one without a corner has no empty heading", () => {
  expect(renderMarkdown("| | |\n|---|---|\n| a | b |\n", (href) => href)).not.toMatch(/<th/);
  const html = renderMarkdown("| | x |\n|---|---|\n| a | b |\n", (href) => href);
  expect(html).toMatch(/<td><\/td>\s*<th>x<\/th>/);
});

describe("the search", () => {
  const search = searchIn(searchEntries(linked.pages));
  const addresses = (query: string): string[] => search(query, 5).map(({ address }) => address);

  test.for([
    ["masks", "docs/translating.html#masks"],
    ["slurm", "docs/clusters.html"],
    ["kernel own", "docs/library.html#a-kernel-of-your-own"],
    ["browsers webgpu", "docs/studio.html#browsers"],
    ["spectral-norm", "docs/small-data.html"],
    ["resum", "docs/resuming.html"],
    ["gallary", "docs/gallery.html"],
  ] as const)("finds %s at %s", ([query, address]) => {
    expect(addresses(query).some((found) => found.startsWith(address)), addresses(query).join(" ")).toBe(true);
  });

  test("wants every word, and finds nothing for nothing", () => {
    expect(addresses("slurm zeppelin")).toEqual([]);
    expect(addresses("")).toEqual([]);
    expect(addresses("--")).toEqual([]);
  });

  test("finds the words of a name", () => {
    const inNames = searchIn([{ address: "a", title: "instanceNorm", page: "API: function", text: "" }]);
    for (const query of ["instance norm", "instanceNorm", "norm"]) expect(inNames(query, 1), query).toHaveLength(1);
  });

  test("shows the part of a text that has a word", () => {
    const text = `${"before ".repeat(40)}here is the zebra ${"after ".repeat(40)}`;
    expect(excerpt(text, "zebra")).toMatch(/^… before .*the zebra after .* …$/);
    expect(excerpt("short", "nothing of it")).toBe("short");
  });
});

test("llms.txt has the project's name, a summary, and a line about every document", () => {
  const lines = llmsText(documents).trimEnd().split("\n");
  expect(lines[0]).toBe("# cyclegan-webgpu");
  expect(lines[2]).toMatch(/^> \w.+\.$/);
  const listed = lines.flatMap((line) => /^- \[[^\]]+\]\(([^)]+)\): \S/.exec(line)?.[1] ?? []);
  expect(listed).toEqual(documents.map(({ path }) => path));
});

const note = hasTypedoc ? "" : ' (skipped: "npm --prefix scripts/api ci" installs TypeDoc)';
describe.skipIf(!hasTypedoc)(`the API reference${note}`, { timeout: 180_000 }, () => {
  test("has a page for each name, whose links lead somewhere, and is in the same search", () => {
    const api = apiDocuments();
    const { pages, deadLinks } = linkPages([...documents, ...api]);
    expect(deadLinks).toEqual([]);
    const conv2d = pages.find(({ path }) => addressOf(path) === "docs/api/functions/conv2d.html");
    expect(conv2d?.html).toContain("<h1 id=\"conv2d\">");
    expect(conv2d?.html).toMatch(/<a href="\.\.\/\.\.\/source\/src\/ops\/conv\/conv2d\.ts\.html#L\d+">/);
    const named = new Map(api.map(({ name, description }) => [name, description]));
    for (const name of ["Tensor", "Adam", "openGpu", "train", "fromImageData"]) expect(named.get(name), name).toBeTruthy();
    const search = searchIn(searchEntries(pages));
    expect(search("instance norm", 3).map(({ title }) => title)).toContain("instanceNorm");
    expect(search("Adam.step", 3).map(({ title }) => title)).toContain("Adam.step()");
  });
});
