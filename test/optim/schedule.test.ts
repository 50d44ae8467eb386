import { describe, expect, it } from "vitest";
import { learningRate, type LrPolicy } from "../../src/optim/schedule.js";

const rate = (policy: LrPolicy, epoch: number): number =>
  learningRate({ policy, lr: 2e-4, nEpochs: 100, nEpochsDecay: 100, lrDecayIters: 50 }, epoch);

describe("learningRate", () => {
  it("linear: full for 100 epochs, falls from epoch 101, and epoch 200 still learns", () => {
    expect(rate("linear", 1)).toBe(2e-4);
    expect(rate("linear", 100)).toBe(2e-4);
    expect(rate("linear", 101)).toBeCloseTo(2e-4 * (100 / 101), 12);
    expect(rate("linear", 200)).toBeCloseTo(2e-4 / 101, 12);
  });

  it("step: a tenth after every 50 epochs", () => {
    expect([50, 51, 100, 101].map((epoch) => rate("step", epoch) / 2e-4)).toEqual([1, 0.1, 0.1, expect.closeTo(0.01, 12)]);
  });

  it("cosine: from full to nearly 0 over the whole run, never rising", () => {
    const rates = Array.from({ length: 200 }, (_, index) => rate("cosine", index + 1));
    expect(rates[0]).toBe(2e-4);
    expect(rates[100]).toBeCloseTo(1e-4, 10);
    expect(rates.every((value, index) => index === 0 || value < (rates[index - 1] ?? 0))).toBe(true);
  });

  it("constant: the same throughout", () => {
    expect(rate("constant", 200)).toBe(2e-4);
  });
});
