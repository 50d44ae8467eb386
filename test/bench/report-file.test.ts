import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkReportFile, reportFileName, writeReport } from "../../src/bench/report-file.js";
import { machineOf } from "../../src/bench/machine.js";
import { benchReport, type BenchReport } from "../../src/bench/report.js";

const limits = { arithmetic: 123.456789, copy: 5 };
const report: BenchReport = benchReport({
  adapter: { name: "card", driver: "driver 1", isCpu: false },
  device: {
    maxBufferSize: 4294967295,
    maxStorageBufferBindingSize: 134217728,
    maxComputeWorkgroupStorageSize: 32768,
    maxComputeInvocationsPerWorkgroup: 1024,
    subgroupMinSize: 32,
    subgroupMaxSize: 32,
    features: ["shader-f16"],
  },
  limits,
  limitsAfter: limits,
  kernels: [],
  steps: [],
  leftOut: [{ name: "large", seconds: 12.34567 }],
}, machineOf());

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-report-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the name of the report", () => {
  const none = { vendor: "", architecture: "", device: "" };
  test.each([
    [{ device: "llvmpipe-llvm-15-0-6-256-bits-" }, "cyclegan-bench-llvmpipe-llvm-15-0-6-256-bits.json"],
    [{ device: "NVIDIA GeForce RTX 4090" }, "cyclegan-bench-nvidia-geforce-rtx-4090.json"],
    [{ vendor: "apple", architecture: "metal-3" }, "cyclegan-bench-apple-metal-3.json"],
    [{ device: "../../etc/passwd" }, "cyclegan-bench-etc-passwd.json"],
    [{}, "cyclegan-bench-adapter.json"],
  ])("only has letters and digits of the adapter: %j", (given, name) => {
    expect(reportFileName({ adapterInfo: { ...none, ...given } as GPUAdapterInfo })).toBe(name);
  });
});

test("an existing file is only replaced on request", () => {
  const file = join(folder, "figures.json");
  checkReportFile(file, false);
  writeFileSync(file, "old");
  expect(() => checkReportFile(file, false)).toThrow(/which exists/);
  checkReportFile(file, true);
  writeReport(file, report);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ schema: "cyclegan-bench/1" });
});

test("figures have four digits, and sizes in bytes have all their digits", () => {
  const file = join(folder, "figures.json");
  writeReport(file, report);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    limits: { arithmetic: 123.5, copy: 5 },
    device: { maxBufferSize: 4294967295 },
    leftOut: [{ name: "large", seconds: 12.35 }],
  });
});
