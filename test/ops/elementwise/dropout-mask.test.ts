import { describe, expect, it } from "vitest";
import { dropout, type DropoutDraw } from "../../../src/ops/elementwise/dropout.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu({ guarded: true });

describe("the mask of dropout", () => {
  const size = 1 << 16;
  async function kept(shape: readonly number[], draw: DropoutDraw): Promise<boolean[]> {
    using scope = gpu().scope("mask");
    const ones = Tensor.from(gpu(), shape, new Float32Array(size).fill(1), scope.name);
    return Array.from(await dropout(ones, 0.25, draw).data(), (value) => value !== 0);
  }

  it("is the same for another shape of the same size, and another for another seed or offset", async () => {
    const mask = await kept([size], { seed: 1, offset: 1 });
    expect(await kept([4, size / 16, 4], { seed: 1, offset: 1 })).toEqual(mask);
    for (const draw of [{ seed: 2, offset: 1 }, { seed: 1, offset: 2 }, { seed: 1, offset: 2 ** 32 + 1 }, { seed: 2 ** 32 + 1, offset: 1 }]) {
      const other = await kept([size], draw);
      // Independent masks agree at 0.75² + 0.25² = 0.625 of the places, within 5 deviations of √(0.625 · 0.375 / 65,536) = 0.0019.
      const agreement = mask.filter((value, i) => value === other[i]).length / size;
      expect(Math.abs(agreement - 0.625), JSON.stringify(draw)).toBeLessThan(0.0095);
    }
  });

  it("keeps 1 − p of the elements", async () => {
    // One deviation is √(0.25 · 0.75 / 65,536) = 0.0017.
    const share = (await kept([size], { seed: 5, offset: 0 })).filter(Boolean).length / size;
    expect(Math.abs(share - 0.75)).toBeLessThan(0.0085);
  });
});
