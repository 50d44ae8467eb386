/** The classes of labels, as settings and classes.json write them. */
import { describe, expect, test } from "vitest";
import { classesOfJson, formatClasses, paletteOf, parseClasses } from "../../src/data/label-classes.js";
import { DataError } from "../../src/errors.js";

const twoColors = { names: ["sky", "road"], colors: [[135, 206, 235], [128, 128, 128]], ignored: [[0, 0, 0]] };

describe("settings", () => {
  test.each([
    ["3", { names: ["0", "1", "2"], ignored: [] }],
    ["sky, road", { names: ["sky", "road"], ignored: [] }],
    ["sky=#87CEEB,road=#808080,ignore=#000000", twoColors],
  ])("%s", (text, classes) => {
    const parsed = parseClasses(text);
    expect(parsed).toEqual(classes);
    expect(parsed && parseClasses(formatClasses(parsed))).toEqual(parsed);
  });

  test.each(["", "1", "256", "sky", "sky,sky", "sky=#87ceeb,road", "sky=#87ceeb,road=#87ceeb", "sky=blue,road=#808080", "sky,,road", "sky,ignore,road"])(
    '"%s" names no classes',
    (text) => expect(parseClasses(text)).toBeUndefined(),
  );
});

describe("classes.json", () => {
  test("colours are three numbers or hexadecimal", () => {
    const entries = [{ name: "sky", color: [135, 206, 235] }, { name: "road", colour: "#808080" }, { name: "ignore", color: [0, 0, 0] }];
    expect(classesOfJson(entries, "classes.json")).toEqual(twoColors);
    expect(classesOfJson([{ name: "sky" }, { name: "road" }], "classes.json")).toEqual({ names: ["sky", "road"], ignored: [] });
  });

  test.each([
    ["an object", {}],
    ["one class", [{ name: "sky" }]],
    ["no name", [{ name: "sky" }, { color: [1, 2, 3] }]],
    ["a comma", [{ name: "sky,blue" }, { name: "road" }]],
    ["two channels", [{ name: "sky", color: [1, 2] }, { name: "road", color: [1, 2, 3] }]],
    ["256", [{ name: "sky", color: [1, 2, 256] }, { name: "road", color: [1, 2, 3] }]],
    ["one colour for two", [{ name: "sky", color: [1, 2, 3] }, { name: "road", color: [1, 2, 3] }]],
  ])("%s is refused", (_, value) => {
    expect(() => classesOfJson(value, "data/classes.json")).toThrow(DataError);
    expect(() => classesOfJson(value, "data/classes.json")).toThrow(/^data\/classes\.json: expected a list of 2 to 255 classes/);
  });
});

test("classes without colours have Pascal VOC's", () => {
  const palette = paletteOf({ names: ["0", "1"], ignored: [] });
  expect([0, 1, 2, 3, 8, 20, 255].map((label) => palette[label])).toEqual([
    [0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [64, 0, 0], [0, 64, 128], [224, 224, 192],
  ]);
});
