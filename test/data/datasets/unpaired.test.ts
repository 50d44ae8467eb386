import { describe, expect, it } from "vitest";
import { unpaired } from "../../../src/data/datasets/unpaired.js";
import { Random } from "../../../src/random.js";

const samples = (sizeA: number, sizeB: number, epoch: number, { serialBatches = false, seed = 1 } = {}) =>
  unpaired
    .epoch(epoch, { A: sizeA, B: sizeB }, { random: new Random(seed), serialBatches, flip: true })
    .map(({ A, B }) => ({ a: A.index, b: B.index, choices: [A.choices, B.choices] }));

describe("unpaired images", () => {
  it("has as many samples as the larger domain, and covers A evenly", () => {
    expect(unpaired.samplesPerEpoch({ A: 3, B: 7 })).toBe(7);
    expect(samples(3, 7, 1)).toHaveLength(7);
    const counts = [0, 0, 0];
    for (const { a, b } of samples(3, 7, 1)) {
      counts[a] = (counts[a] ?? 0) + 1;
      expect(b).toBeLessThan(7);
    }
    expect(counts.sort((x, y) => x - y)).toEqual([2, 2, 3]);
    expect(samples(9, 2, 1).map(({ a }) => a).sort((x, y) => x - y)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("takes both in order with serial batches", () => {
    const serial = samples(2, 3, 1, { serialBatches: true });
    expect(serial.map(({ a, b }) => [a, b])).toEqual([[0, 0], [1, 1], [0, 2]]);
  });

  it("depends on nothing but seed and epoch", () => {
    expect(samples(20, 30, 4)).toEqual(samples(20, 30, 4));
    expect(samples(20, 30, 5)).not.toEqual(samples(20, 30, 4));
    expect(samples(20, 30, 4, { seed: 2 })).not.toEqual(samples(20, 30, 4));
    const used = new Random(1);
    used.uniform();
    const options = { serialBatches: false, flip: true };
    const sizes = { A: 5, B: 5 };
    expect(unpaired.epoch(1, sizes, { ...options, random: used })).toEqual(unpaired.epoch(1, sizes, { ...options, random: new Random(1) }));
  });

  it("draws B independently of A", () => {
    const seen = new Set(samples(50, 50, 1).map(({ b }) => b));
    expect(seen.size).toBeGreaterThan(20);
    expect(seen.size).toBeLessThan(45);
  });
});
