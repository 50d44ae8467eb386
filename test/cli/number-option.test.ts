import { expect, test } from "vitest";
import { UsageError } from "../../src/errors.js";
import { gigabytesOption, numberOption, pixelsOption, wholeOption } from "../../src/cli/arguments/number-option.js";

test.each(["", " ", "x", "Infinity", "-Infinity", "inf", "NaN", "1 000"])("%j is no number", (text) => {
  const parse = numberOption("--seconds", "a number of at least 0", (value) => value >= 0);
  expect(() => parse(text)).toThrow(new UsageError(`--seconds: expected a number of at least 0, got ${JSON.stringify(text)}.`));
  expect([parse("0"), parse("2.5")]).toEqual([0, 2.5]);
});

test("whole numbers, pixels and gigabytes have their ranges", () => {
  expect([wholeOption("--n", 1, 3)("3"), wholeOption("--n", 0)("1e6"), pixelsOption("--tile", 16)("20")]).toEqual([3, 1e6, 20]);
  expect(gigabytesOption("--memory")("1.5")).toBe(1.5e9);
  for (const text of ["0", "4", "1.5", "Infinity"]) {
    expect(() => wholeOption("--n", 1, 3)(text)).toThrow("--n: expected a whole number between 1 and 3, got");
  }
  expect(() => wholeOption("--n", 1)("1e300")).toThrow("--n: expected a whole number of at least 1, got");
  for (const text of ["12", "18"]) expect(() => pixelsOption("--tile", 16)(text)).toThrow("--tile: expected a multiple of 4 pixels, at least 16");
  for (const text of ["0", "-1"]) expect(() => gigabytesOption("--memory")(text)).toThrow("--memory: expected a number of gigabytes above 0");
});
