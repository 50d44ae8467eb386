import { describe, expect, test } from "vitest";
import { trainConfig } from "../../src/run/options.js";
import { dutiesAfter, planTraining } from "../../src/training/plan.js";

const config = trainConfig({
  dataroot: "d", batchSize: 2, nEpochs: 2, nEpochsDecay: 1,
  printFreq: 3, displayFreq: 1000, saveLatestFreq: 8, saveEpochFreq: 2, evalFreq: 6,
});
// Five images in batches of two: 2, 2, 1.
const plan = planTraining(config, 5);

describe("plan", () => {
  test("the last, smaller batch of an epoch is a step; --max-steps can end it earlier", () => {
    expect(plan).toEqual({ stepsPerEpoch: 3, firstEpoch: 1, lastEpoch: 3, totalSteps: 9 });
    expect(planTraining({ ...config, maxSteps: 4 }, 5)).toEqual({ stepsPerEpoch: 3, firstEpoch: 1, lastEpoch: 2, totalSteps: 4 });
    expect(planTraining({ ...config, maxSteps: 99 }, 5).totalSteps).toBe(9);
  });

  test("counters count images, and a batch that does not divide a frequency delays nothing", () => {
    const logged: number[] = [];
    const saved: [number, readonly string[]][] = [];
    const evaluated: number[] = [];
    let images = 0;
    for (let step = 1; step <= plan.totalSteps; step++) {
      const batchSize = step % 3 === 0 ? 1 : 2;
      images += batchSize;
      const epoch = Math.ceil(step / 3);
      const duties = dutiesAfter({ step, epoch, images, batchSize, last: step === 9 }, plan, config);
      if (duties.log) logged.push(step);
      if (duties.save.length > 0) saved.push([step, duties.save]);
      if (duties.evaluate) evaluated.push(step);
      expect(duties.sample).toBe(step === 1 || step === 9);
    }
    // Images after each step: 2 4 5 7 9 10 12 14 15.
    expect(logged).toEqual([1, 2, 4, 5, 7, 9]);
    expect(evaluated).toEqual([4, 7, 9]);
    expect(saved).toEqual([
      [5, ["latest"]],
      [6, ["latest", "2"]],
      [9, ["latest"]],
    ]);
  });

  test("measuring is left out on an interruption, which counters do not know of, and with a frequency of 0", () => {
    const made = { step: 2, epoch: 1, images: 4, batchSize: 2, last: true };
    expect(dutiesAfter(made, plan, config).evaluate).toBe(false);
    const end = { ...made, step: 9, images: 15 };
    expect(dutiesAfter(end, plan, config).evaluate).toBe(true);
    expect(dutiesAfter(end, plan, { ...config, evalFreq: 0 }).evaluate).toBe(false);
  });
});
