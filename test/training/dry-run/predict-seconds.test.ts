import { expect, test } from "vitest";
import { predictSeconds } from "../../../src/training/dry-run/time-steps.js";

test("a measured size is itself, a single one is scaled", () => {
  const timing = { flops: 4e9, seconds: 2 };
  expect(predictSeconds([timing], 4e9)).toBe(2);
  expect(predictSeconds([timing], 16e9)).toBe(8);
  expect(predictSeconds([], 1)).toBe(0);
});

test("what does not grow is paid once", () => {
  // One second for each step, and one for every 2 GFLOP.
  const timings = [1e9, 2e9, 8e9].map((flops) => ({ flops, seconds: 1 + flops / 2e9 }));
  expect(predictSeconds(timings, 32e9)).toBeCloseTo(17, 12);
});

test("noise makes the rest neither free nor dearer than what was measured", () => {
  const last = { flops: 8e9, seconds: 4 };
  expect(predictSeconds([{ flops: 2e9, seconds: 4.1 }, last], 32e9)).toBe(10);
  expect(predictSeconds([{ flops: 2e9, seconds: 0.1 }, last], 32e9)).toBe(16);
});
