import { expect, test } from "vitest";
import { sortFiles } from "../../src/studio/files/sort-files.js";

function given(path: string, { type = "", bytes = 1 } = {}): { path: string; file: File } {
  return { path, file: new File(["x".repeat(bytes)], path.split("/").at(-1) ?? path, { type }) };
}

const pathsOf = (files: readonly { readonly path: string }[]): string[] => files.map(({ path }) => path);

test("pictures are told by the type that the browser found, or by their extension, and sorted as people count", () => {
  const { pictures, skipped } = sortFiles([given("a/10.png"), given("a/9.JPG"), given("b", { type: "image/webp" }), given("c.heic")]);
  expect(pathsOf(pictures)).toEqual(["a/9.JPG", "a/10.png", "b", "c.heic"]);
  expect(skipped).toEqual([]);
});

test("the first file of weights is used, and every file that is not used has a reason", () => {
  const { weights, pictures, skipped } = sortFiles([
    given("two.pth"),
    given("one.safetensors"),
    given("notes.txt", { type: "text/plain" }),
    given("empty.png", { bytes: 0 }),
    given("drawing.svg", { type: "image/svg+xml" }),
  ]);
  expect(weights?.path).toBe("one.safetensors");
  expect(pictures).toEqual([]);
  expect(new Map(skipped.map(({ path, reason }) => [path, reason]))).toEqual(new Map([
    ["two.pth", "the page uses one file of weights at a time, and took one.safetensors"],
    ["drawing.svg", "it is neither a picture nor a file of weights"],
    ["empty.png", "it is empty"],
    ["notes.txt", "it is neither a picture nor a file of weights"],
  ]));
});

test("files that systems hide in folders are left out without a word", () => {
  expect(sortFiles([given("photos/.DS_Store"), given("photos/.thumbnails/1.png")])).toEqual({ pictures: [], weights: undefined, skipped: [] });
});
