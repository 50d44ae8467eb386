import { describe, expect, it } from "vitest";
import { comparableOf, compareRuns, parseComparable } from "../../bench/compare.js";
import type { Report } from "../../bench/report.js";
import { UsageError } from "../../src/errors.js";

const adapter = { name: "mesa llvmpipe", driver: "Mesa 25", isCpu: true };

function reportOf(milliseconds: Readonly<Record<string, number>>, more: Partial<Report> = {}): Report {
  const kernels = Object.entries(milliseconds).map(([name, time]) => ({
    name,
    milliseconds: time,
    gigaflops: 1,
    gigabytes: 1,
    limit: "copy" as const,
    share: 0.5,
    effective: false,
    error: 0,
  }));
  return { date: "", platform: "linux x64", node: "v20", processor: "P", cores: 2, scale: "small", adapter, kernels, steps: [], ...more };
}

const step = {
  name: "training step",
  milliseconds: 300,
  samples: 5,
  gigaflops: 2,
  hostMilliseconds: 3,
  dispatches: 1000,
  submits: 3,
  pipelines: 30,
  liveBytes: 2 ** 20,
  peakBytes: 3 * 2 ** 20,
  cold: { openMilliseconds: 50, milliseconds: 4000, pipelines: 30 },
};

describe("compareRuns", () => {
  it("lists the old value, the new value and new / old of a figure in both runs", () => {
    const { rows } = compareRuns(comparableOf(reportOf({ conv: 80 })), comparableOf(reportOf({ conv: 20 })));
    expect(rows).toEqual([{ name: "conv", unit: "ms", old: 80, now: 20, ratio: 0.25 }]);
  });

  it("names the figures that are in only one run", () => {
    const { rows, unmatched } = compareRuns(
      comparableOf(reportOf({ gone: 1, both: 1 })),
      comparableOf(reportOf({ both: 1, added: 1 })),
    );
    expect(rows.map(({ name }) => name)).toEqual(["both"]);
    expect(unmatched).toEqual(["gone", "added"]);
  });

  it("compares limits, host cost, and a step's time, dispatches, memory and first step", () => {
    const full = reportOf({}, { limits: { arithmetic: 50, copy: 3 }, dispatch: 2.5, steps: [step] });
    const { rows } = compareRuns(comparableOf(full), comparableOf(full));
    expect(rows.map(({ name, now, unit }) => [name, now, unit])).toEqual([
      ["limit: multiply-add", 50, "GFLOP/s"],
      ["limit: copy", 3, "GB/s"],
      ["host cost of a dispatch", 2.5, "µs"],
      ["training step: step", 300, "ms"],
      ["training step: dispatches", 1000, ""],
      ["training step: peak memory", 3, "MiB"],
      ["training step: first step, cold", 4000, "ms"],
    ]);
  });

  it("lists no difference between equal machines", () => {
    const run = comparableOf(reportOf({}));
    expect(compareRuns(run, run).differences).toEqual([]);
  });

  it("says which of adapter, driver and processor differ", () => {
    const other = { ...reportOf({}, { adapter: { name: "H200", driver: "NVIDIA", isCpu: false } }), cores: 16 };
    const { differences } = compareRuns(comparableOf(reportOf({})), comparableOf(other));
    expect(differences).toEqual([
      "adapter: mesa llvmpipe then, H200 now",
      "driver: Mesa 25 then, NVIDIA now",
      "processor: P × 2 then, P × 16 now",
    ]);
  });
});

describe("parseComparable", () => {
  it.each([
    ["what is no JSON", "kernel  ms"],
    ["JSON of something else", "{}"],
    ["an adapter without a driver", '{ "adapter": { "name": "x" } }'],
  ])("refuses %s, naming the option", (_, text) => {
    expect(() => parseComparable(text, "--compare old.json")).toThrow(UsageError);
    expect(() => parseComparable(text, "--compare old.json")).toThrow("--compare old.json: expected a file that --json wrote");
  });

  it("ignores figures that are not numbers", () => {
    const text = JSON.stringify({ adapter, kernels: [{ name: "a", milliseconds: "fast" }, 7], dispatch: null });
    expect([...parseComparable(text, "x").figures]).toEqual([]);
  });
});
