import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { heldOutAfter, readHeldOutProgress } from "../../src/run/log.js";

test("the best is the lowest distance, and the earlier of two equal ones", () => {
  const first = heldOutAfter(undefined, "swd", { step: 10, value: 50 });
  expect(first).toEqual({ metric: "swd", value: 50, best: 50, bestStep: 10 });
  const second = heldOutAfter(first, "swd", { step: 20, value: 40 });
  expect(second).toEqual({ metric: "swd", value: 40, best: 40, bestStep: 20 });
  expect(heldOutAfter(second, "swd", { step: 30, value: 40 })).toEqual({ metric: "swd", value: 40, best: 40, bestStep: 20 });
  expect(heldOutAfter(second, "swd", { step: 30, value: 60 })).toEqual({ metric: "swd", value: 60, best: 40, bestStep: 20 });
});

test("of a metric of which higher is better, the best is the highest, and the earlier of two equal ones", () => {
  const first = heldOutAfter(undefined, "meanIoU", { step: 10, value: 0.5 }, "higher");
  const second = heldOutAfter(first, "meanIoU", { step: 20, value: 0.6 }, "higher");
  expect(second).toEqual({ metric: "meanIoU", value: 0.6, best: 0.6, bestStep: 20 });
  expect(heldOutAfter(second, "meanIoU", { step: 30, value: 0.6 }, "higher")).toMatchObject({ best: 0.6, bestStep: 20 });
  expect(heldOutAfter(second, "meanIoU", { step: 30, value: 0.4 }, "higher")).toEqual({ metric: "meanIoU", value: 0.4, best: 0.6, bestStep: 20 });
});

test("a resumed training reads them from the file, as far as its lines are whole", () => {
  const folder = mkdtempSync(join(tmpdir(), "cyclegan-metrics-"));
  const path = join(folder, "metrics.jsonl");
  expect(readHeldOutProgress(path, "swd")).toBeUndefined();
  writeFileSync(path, '{"step":1,"swd":5}\n{"step":2,"swd":3}\nnonsense\n{"step":3,"swd":4}\n{"step":4,"sw');
  expect(readHeldOutProgress(path, "swd")).toEqual({ metric: "swd", value: 4, best: 3, bestStep: 2 });
  expect(readHeldOutProgress(path, "swd", "higher")).toEqual({ metric: "swd", value: 4, best: 5, bestStep: 1 });
  expect(readHeldOutProgress(path, undefined)).toBeUndefined();
  rmSync(folder, { recursive: true });
});
