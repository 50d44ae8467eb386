import { afterEach, expect, test } from "vitest";
import { exportTuning, importTuning } from "../../src/tune/choices-json.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();
afterEach(() => {
  gpu().choices.clear();
});

const KEY = "forward 1x8x8x16 3x3/2+1 4x4x16";

test("what was exported is taken again", () => {
  gpu().choices.set(KEY, "direct");
  const json = exportTuning(gpu());
  gpu().choices.clear();
  expect(importTuning(gpu(), json)).toBe(1);
  expect([...gpu().choices]).toEqual([[KEY, "direct"]]);
});

test("the choices of another adapter, or of another driver, are not taken", () => {
  const json = exportTuning(gpu()).replace(/"adapter":"/, '"adapter":"other ');
  expect(importTuning(gpu(), json.replace('"choices":{', `"choices":{"${KEY}":"direct"`))).toBe(0);
  expect(gpu().choices.size).toBe(0);
});

test("variants and work that this version does not know are left out", () => {
  const json = exportTuning(gpu());
  const choices = { [KEY]: "from the future", "sideways 1": "direct", [KEY.replace("8x8", "9x9")]: 3 };
  expect(importTuning(gpu(), json.replace('"choices":{}', `"choices":${JSON.stringify(choices)}`))).toBe(0);
});

test.each(["", "{", "null", "[]", '{"adapter":"a"}', '{"adapter":1,"choices":{}}'])("%j is refused", (json) => {
  expect(() => importTuning(gpu(), json)).toThrow(/^importTuning: expected what exportTuning returned, got /);
});
