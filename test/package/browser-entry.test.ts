import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./installed.js";

const staticImport = /^(?:import|export)\s(?:[^"'();=]*\sfrom\s)?["']([^"']+)["']/gm;
const dynamicImport = /\bimport\s*\(\s*["']([^"']+)["']/g;

/** Every file that a built file imports, itself included, and every import that is no file of the package. */
function importGraph(entry: string, patterns: readonly RegExp[]): { readonly files: ReadonlySet<string>; readonly foreign: readonly string[] } {
  const files = new Set([join(root, entry)]);
  const foreign: string[] = [];
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    for (const [, specifier = ""] of patterns.flatMap((pattern) => [...text.matchAll(pattern)])) {
      if (specifier.startsWith(".")) files.add(join(dirname(file), specifier));
      else foreign.push(specifier);
    }
  }
  return { files, foreign };
}

test("the browser entry loads nothing but files of the package, so a page needs no bundler", () => {
  const { files, foreign } = importGraph("dist/browser.js", [staticImport]);
  expect(foreign).toEqual([]);
  for (const wanted of ["dist/index.js", "dist/models/cyclegan/trainer.js", "dist/generated/shaders.js"]) {
    expect(files).toContain(join(root, wanted));
  }
});

test("what it loads later are packages for browsers, and no module of Node", () => {
  const { foreign } = importGraph("dist/browser.js", [staticImport, dynamicImport]);
  expect([...new Set(foreign)].toSorted()).toEqual(["@zip.js/zip.js/index-native.js", "pbf"]);
});

test("the walk does find what the Node entry imports", () => {
  expect(importGraph("dist/node.js", [staticImport, dynamicImport]).foreign).toContain("webgpu");
});
