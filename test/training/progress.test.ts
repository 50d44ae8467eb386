import { describe, expect, test } from "vitest";
import { formatProgress } from "../../src/training/progress.js";
import { createRate } from "../../src/rate.js";
import { createStepClock } from "../../src/training/step-clock.js";

const losses = { D_A: 0.25, G_A: 1, cycle_A: 2, idt_A: 3, D_B: 4, G_B: 5, cycle_B: 6, idt_B: 7 };

describe("progress", () => {
  test("the rate forgets a slow start once the window is past it", () => {
    const rate = createRate(10);
    expect(rate.perSecond()).toBeUndefined();
    rate.note(1, 0);
    expect(rate.perSecond()).toBeUndefined();
    rate.note(2, 20);
    expect(rate.perSecond()).toBeCloseTo(0.05);
    for (let second = 21; second <= 40; second++) rate.note(2 + (second - 20) * 4, second);
    expect(rate.perSecond()).toBeCloseTo(4);
  });

  test("a step shows where it stands, how fast, how long yet, and its losses", () => {
    const at = { step: 30, totalSteps: 90, epoch: 1, lastEpoch: 3 };
    expect(formatProgress({ ...at, stepsPerSecond: undefined, secondsLeft: undefined, losses: undefined })).toBe(
      "epoch 1/3  step 30/90",
    );
    expect(formatProgress({ ...at, stepsPerSecond: 0.5, secondsLeft: 120, losses })).toBe(
      "epoch 1/3  step 30/90  0.500 steps/s  2 min 00 s left\n" +
        "D_A 0.250  G_A 1.000  cycle_A 2.000  idt_A 3.000  D_B 4.000  G_B 5.000  cycle_B 6.000  idt_B 7.000",
    );
  });

  test("a measurement on held-out images stands behind the losses", () => {
    const heldOut = { metric: "swd", value: 81.26, best: 70, bestStep: 20 };
    const at = { step: 30, totalSteps: 90, epoch: 1, lastEpoch: 3, stepsPerSecond: undefined, secondsLeft: undefined };
    expect(formatProgress({ ...at, losses, heldOut })).toMatch(/idt_B 7\.000 {2}swd 81\.3 \(best 70\.0, step 20\)$/);
  });

  test("the step clock averages over the steps since the last lap", () => {
    const clock = createStepClock();
    for (const wait of [0.25, 0.75]) {
      clock.start();
      clock.stop(wait);
    }
    expect(clock.lap().dataWait).toBe(0.5);
    clock.start();
    clock.stop(0);
    expect(clock.lap().dataWait).toBe(0);
  });
});
