import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { expect, test } from "vitest";
import { committedBenchmarks } from "../../scripts/committed-benchmarks.js";
import { benchReport, formatReport, type Measured } from "../../src/bench/report.js";
import { browserMachine } from "../../src/studio/bench/browser-machine.js";
import { compare, shortName, type Contender } from "../../src/studio/bench/compare.js";

const kernel = { name: "conv", milliseconds: 2, gigabytes: 1, limit: "multiply-add", share: 0.5 } as const;
const contender = (name: string, gigaflops: number, more: Partial<Contender> = {}): Contender => ({
  name,
  isOwn: name === "own",
  figures: { kernels: [{ ...kernel, gigaflops }], steps: [] },
  leftOut: [],
  ...more,
});

test("a card shows the rate of each device that has one, as a part of the best", () => {
  const groups = compare({ kernels: ["conv", "norm"], steps: [] }, [contender("own", 500), contender("other", 2000)]);
  expect(groups.flatMap(({ cards }) => cards)).toEqual([
    {
      name: "conv",
      rows: [
        { device: "own", isOwn: true, figures: "500 GFLOP/s · 2.00 ms", ofBest: 0.25, note: "25 % of the best, 50 % of its multiply-add limit" },
        { device: "other", isOwn: false, figures: "2.00 TFLOP/s · 2.00 ms", ofBest: 1, note: "50 % of its multiply-add limit" },
      ],
    },
  ]);
});

test("a step that was left out says why", () => {
  const [large, huge] = ["training step, large", "training step, huge"];
  const leftOut = [{ name: large, seconds: 12.3 }, { name: huge, seconds: 60, problem: "device memory: the device has no more" }];
  const own = contender("own", 1, { leftOut });
  const [steps] = compare({ kernels: [], steps: [large, huge] }, [own]);
  expect(steps?.cards).toEqual([
    { name: "large", rows: [{ device: "own", isOwn: true, figures: "left out", ofBest: 0, note: "a step would take about 12.3 s" }] },
    { name: "huge", rows: [{ device: "own", isOwn: true, figures: "left out", ofBest: 0, note: "device memory: the device has no more" }] },
  ]);
});

test.for([
  [{ name: "nvidia nvidia-h200", driver: "NVIDIA: 580", isCpu: false }, "nvidia-h200"],
  [{ name: "apple metal-3", driver: "unknown", isCpu: false }, "apple metal-3"],
  [{ name: "mesa software llvmpipe-llvm-15", driver: "llvmpipe: Mesa 25", isCpu: true }, "llvmpipe (processor)"],
  [{ name: "google swiftshader", driver: "unknown", isCpu: true }, "google swiftshader (processor)"],
] as const)("%j is called %s", ([adapter, name]) => {
  expect(shortName(adapter)).toBe(name);
});

test.for([
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", "Windows", "Chrome 142"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Windows", "Edge 142"],
  ["Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "Android", "Chrome 142"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", "macOS", "Safari 26"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1", "iOS", "Safari 26"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0", "macOS", "Firefox 145"],
  ["another", "unknown", "unknown"],
] as const)("%s: %s, %s", ([userAgent, platform, browser]) => {
  expect(browserMachine({ userAgent, hardwareConcurrency: 4 })).toEqual({ platform, browser, cores: 4 });
});

test("the committed results have the page's kernels and steps, a device, a date and an adapter", () => {
  const { kernels, steps, devices } = committedBenchmarks(fileURLToPath(new URL("../../bench/results", import.meta.url)));
  expect(devices.map(({ adapter, date }) => [adapter.name, adapter.isCpu, date])).toEqual([
    ["nvidia nvidia-h200", false, "2026-11-26"],
    ["mesa software llvmpipe-llvm-15-0-6-256-bits-", true, "2026-11-26"],
  ]);
  for (const device of devices) {
    expect(device.machine).toMatch(/, \d+ cores$/);
    expect(device.limits!.arithmetic).toBeGreaterThan(0);
    expect(device.kernels.length).toBeGreaterThanOrEqual(5);
    for (const { name, milliseconds } of device.kernels) expect([kernels.includes(name), milliseconds > 0]).toEqual([true, true]);
    for (const { name, milliseconds } of device.steps) expect([steps.includes(name), milliseconds > 0]).toEqual([true, true]);
  }
});

test("a file that the page copied is a committed result as it is, and a file of another form is refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "cyclegan-benchmarks-"));
  try {
    const limits = { arithmetic: 10, copy: 1 };
    const names = committedBenchmarks(folder);
    expect(names.devices).toEqual([]);
    const measured = {
      adapter: { name: "apple metal-3", driver: "unknown", isCpu: false },
      device: {},
      limits,
      limitsAfter: limits,
      kernels: [{ ...kernel, name: names.kernels[0], gigaflops: 5, effective: true, error: 0 }, { ...kernel, name: "another kernel" }],
      steps: [],
      leftOut: [],
    } as unknown as Measured;
    writeFileSync(join(folder, "phone.json"), formatReport(benchReport(measured, { platform: "iOS", browser: "Safari 26", cores: 6 })));
    writeFileSync(join(folder, "sweeps.json"), JSON.stringify({ adapter: measured.adapter, sweeps: [] }));
    const { devices } = committedBenchmarks(folder);
    expect(devices).toMatchObject([{ adapter: measured.adapter, machine: "Safari 26, 6 cores", limits, steps: [] }]);
    expect(devices[0]!.kernels.map(({ name }) => name)).toEqual([names.kernels[0]]);
    writeFileSync(join(folder, "phone.json"), JSON.stringify({ ...measured, kernels: [{ name: names.kernels[0] }] }));
    expect(() => committedBenchmarks(folder)).toThrow(/phone\.json: expected a number as milliseconds/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
