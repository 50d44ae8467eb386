import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readSweep } from "../../src/run/sweep.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-sweep-"));
afterAll(() => rmSync(folder, { recursive: true }));

function sweep(name: string, text: string): ReturnType<typeof readSweep> {
  const path = join(folder, name);
  writeFileSync(path, text);
  return readSweep(path);
}

/** The numbers below 200, divided, as a list in YAML. */
const numbers = (divisor: number): string => JSON.stringify(Array.from({ length: 200 }, (_, i) => i / divisor));

describe("a sweep", () => {
  test("has all combinations of the lists, the last one changing fastest, with a name for each", () => {
    const runs = sweep("all.yaml", "name: zebra # a comment\ndataroot: data/zebras\nlr: [0.0002, 1e-3]\nlambdaIdentity: [0, 0.5, 1]\n");
    expect(runs.map(({ name }) => name)).toEqual([
      "zebra-lr-0.0002-lambdaIdentity-0",
      "zebra-lr-0.0002-lambdaIdentity-0.5",
      "zebra-lr-0.0002-lambdaIdentity-1",
      "zebra-lr-0.001-lambdaIdentity-0",
      "zebra-lr-0.001-lambdaIdentity-0.5",
      "zebra-lr-0.001-lambdaIdentity-1",
    ]);
    expect(runs[4]).toEqual({ name: "zebra-lr-0.001-lambdaIdentity-0.5", dataroot: "data/zebras", lr: 1e-3, lambdaIdentity: 0.5 });
  });

  test("without lists is one run, and takes lists inside lists as values", () => {
    expect(sweep("one.yaml", "dataroot: data\n")).toEqual([{ name: "run", dataroot: "data" }]);
    expect(sweep("range.yaml", "valueRange: [auto, [0, 4095]]\n").map(({ name, valueRange }) => [name, valueRange])).toEqual([
      ["run-valueRange-auto", "auto"],
      ["run-valueRange-_0_4095_", [0, 4095]],
    ]);
  });

  test("has names that folders can have", () => {
    expect(sweep("names.yaml", 'dataroot: ["a/b c", "d"]\n').map(({ name }) => name)).toEqual(["run-dataroot-a_b_c", "run-dataroot-d"]);
  });

  test("of lines has a run in each, named after its line unless it has a name", () => {
    expect(sweep("lines.jsonl", '{"lr": 1}\n\n{"lr": 2, "name": "two"}\n')).toEqual([
      { name: "run-1", lr: 1 },
      { name: "two", lr: 2 },
    ]);
  });

  test.each([
    ["unknown.yaml", "lrr: [1, 2]\n", /unknown\.yaml: run-lrr-1: there is no setting "lrr"\. Did you mean "lr"\?/],
    ["value.yaml", "lr: [1, fast]\n", /value\.yaml: run-lr-fast: lr: expected .*, got "fast"\./],
    ["line.jsonl", '{"lr": 1}\n{"lr": "x"}\n', /line\.jsonl: line 2: lr: expected .*, got "x"/],
    ["broken.jsonl", '{"lr": 1}\n{"lr": \n', /broken\.jsonl: line 2: expected YAML, got /],
    ["twice.yaml", "lr: [1, 1.0]\n", /expected a name of its own, got "run-lr-1" again/],
    ["escape.jsonl", '{"name": "../up"}\n', /line 1: name: expected at most 100 letters.*got "\.\.\/up"/],
    ["number.yaml", "name: 7\n", /number\.yaml: name: expected a text, got 7/],
    ["empty.yaml", "lr: []\n", /empty\.yaml: lr: expected a value or a list of several, got an empty list/],
    ["nothing.yaml", "", /nothing\.yaml: expected settings with their values/],
    ["list.yaml", "- lr: 1\n", /list\.yaml: expected settings with their values/],
    ["none.jsonl", "\n", /none\.jsonl: expected the settings of runs, got none/],
    ["bad.yaml", "a: [1\nb: 2\n", /bad\.yaml: expected YAML, got /],
    ["many.yaml", `lr: ${numbers(1)}\nbeta1: ${numbers(200)}\n`, /at most 10000 runs, got 40000 combinations of lr, beta1/],
  ])("in %s that cannot be trained is refused", (name, text, message) => {
    expect(() => sweep(name, text)).toThrow(message);
  });

  test("whose file is not there is refused", () => {
    expect(() => readSweep(join(folder, "absent.yaml"))).toThrow(/absent\.yaml: expected a file of settings, got ENOENT/);
  });
});
