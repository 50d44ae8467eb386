import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { heldOutAfter, readHeldOutProgress } from "../../src/run/metrics-log.js";

test("the best is the lowest distance, and the earlier of two equal ones", () => {
  const entry = (step: number, swd: number): Parameters<typeof heldOutAfter>[1] => ({ step, swd });
  const first = heldOutAfter(undefined, entry(10, 50));
  expect(first).toEqual({ swd: 50, best: 50, bestStep: 10 });
  const second = heldOutAfter(first, entry(20, 40));
  expect(second).toEqual({ swd: 40, best: 40, bestStep: 20 });
  expect(heldOutAfter(second, entry(30, 40))).toEqual({ swd: 40, best: 40, bestStep: 20 });
  expect(heldOutAfter(second, entry(30, 60))).toEqual({ swd: 60, best: 40, bestStep: 20 });
});

test("a resumed training reads them from the file, as far as its lines are whole", () => {
  const folder = mkdtempSync(join(tmpdir(), "cyclegan-metrics-"));
  const path = join(folder, "metrics.jsonl");
  expect(readHeldOutProgress(path)).toBeUndefined();
  writeFileSync(path, '{"step":1,"swd":5}\n{"step":2,"swd":3}\nnonsense\n{"step":3,"swd":4}\n{"step":4,"sw');
  expect(readHeldOutProgress(path)).toEqual({ swd: 4, best: 3, bestStep: 2 });
  rmSync(folder, { recursive: true });
});
