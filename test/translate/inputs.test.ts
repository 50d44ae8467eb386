import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { expect, test } from "vitest";
import { parseShard, takeShard } from "../../src/translate/plan.js";
import { groupBySize } from "../../src/translate/same-size.js";
import { findInputs } from "../../src/translate/inputs.js";
import { temporaryFolder } from "../data/temporary-folder.js";

const folder = temporaryFolder();
for (const name of ["a.png", "b.JPG", "deep/c.webp", "deep/deeper/d.png", "deep/notes.txt", "[x].png", "old [1]/e.png"]) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), "");
}
symlinkSync(join(folder, "a.png"), join(folder, "deep", "again.png"));
const names = (...inputs: readonly string[]): string[] => {
  return findInputs(inputs.map((input) => (input === "-" ? input : join(folder, input)))).map(({ name }) => name);
};

test("a file, a folder, a pattern and a stream; names lie below what was named", () => {
  expect(names("a.png")).toEqual(["a.png"]);
  expect(names("deep")).toEqual(["again.png", "c.webp", join("deeper", "d.png")]);
  expect(names("deep/**/*.png")).toEqual(["again.png", join("deeper", "d.png")]);
  expect(names("*.{png,JPG}")).toEqual(["[x].png", "a.png", "b.JPG"]);
  expect(names("old [1]/*.png")).toEqual(["e.png"]);
  expect(names("old*/*.png")).toEqual([join("old [1]", "e.png")]);
  expect(names("**/d*")).toEqual([join("deep", "deeper", "d.png")]);
  expect(names("-")).toEqual(["stdin"]);
});

test("a file whose name looks like a pattern is that file", () => {
  expect(names("[x].png")).toEqual(["[x].png"]);
});

test("an image named twice is taken once; a link to an image is another image", () => {
  expect(names("a.png", "*.png", "deep")).toEqual(["a.png", "[x].png", "again.png", "c.webp", join("deeper", "d.png")]);
});

test("a line says how many images there are, and what is left out and why", () => {
  const said = (...inputs: readonly string[]): string => {
    let line = "";
    const options = { onMessage: (text: string) => void (line = text), isTranslation: ({ name }: { readonly name: string }) => name.startsWith("deeper") };
    findInputs(inputs.map((input) => (input === "-" ? input : join(folder, input))), options);
    return line.replaceAll(folder, "");
  };
  const slash = (path: string): string => path.split("/").join(sep);
  expect(said("a.png")).toBe(slash("/a.png: 1 image."));
  expect(said("-")).toBe("standard input: 1 image.");
  expect(said("deep")).toBe(slash("/deep: 2 images, left out: 1 file that is no image, 1 in the output folder."));
  expect(said("deep/**")).toBe("/deep/**: 2 images, left out: 1 file that is no image, 1 in the output folder.");
  expect(said("a.png", "b.JPG", "a.png")).toBe("3 inputs: 2 images.");
  writeFileSync(join(folder, "odd.heic"), "\0\0\0\x18ftypheic0000");
  expect(said("*.{png,heic}", "deep")).toMatch(/^2 inputs: 4 images, left out: .odd\.heic \(a HEIC image, .*\), 1 file that is no image, 1 in/);
  expect(() => said("odd*")).toThrow(/expected a pattern that some images match, got none, but .*odd\.heic \(a HEIC image/);
});

test("an input without images is named", () => {
  expect(() => names("a.png", "none")).toThrow(/--input .*none: expected an image, a folder .*got nothing/);
  expect(() => names("deep/*.txt")).toThrow(/--input .*\*\.txt: expected a pattern that some images match/);
});

test.each([1, 2, 3, 7, 12])("%i shards share nothing and are everything, in equal parts", (count) => {
  const items = Array.from({ length: 10 }, (_, i) => `image ${i}`);
  const parts = Array.from({ length: count }, (_, index) => takeShard(items, { index, count }));
  expect(parts.flat().sort()).toEqual(items);
  const sizes = parts.map(({ length }) => length);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  expect(takeShard(items, { index: count - 1, count })).toEqual(parts[count - 1]);
});

test("shards count from 0", () => {
  expect(parseShard("0/8")).toEqual({ index: 0, count: 8 });
  for (const wrong of ["8/8", "1", "1/0", "-1/3", "a/b", "1/2/3", ""]) {
    expect(() => parseShard(wrong), wrong).toThrow(/--shard: expected i\/n with i from 0 to n − 1/);
  }
});

test("images are grouped by size, full groups at once, the largest when too many wait", () => {
  const groups = groupBySize<number>(2);
  const added = ["a", "b", "a", "c", "d", "e", "f", "g", "h"].map((size, i) => groups.add(size, i));
  expect(added.slice(0, 3)).toEqual([[], [], [0, 2]]);
  // b, c, d, e, f, g and h wait: at the eighth that waits, one goes.
  expect(added.slice(3).flat()).toEqual([]);
  expect(groups.add("i", 9)).toEqual([1]);
  expect(groups.rest().flat()).toEqual([3, 4, 5, 6, 7, 8, 9]);
  expect(groups.rest()).toEqual([]);
});

test("groups of one are handed on at once", () => {
  expect(groupBySize<number>(1).add("a", 5)).toEqual([5]);
});
