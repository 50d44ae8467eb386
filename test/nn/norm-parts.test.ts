import { describe, expect, test } from "vitest";
import { normActivation, type Norm } from "../../src/nn/norm.js";
import { channelMoments, joinMoments, noMoments } from "../../src/ops/norm/channel-moments.js";
import { add } from "../../src/ops/elementwise/add.js";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { onOtherAdapter, useGpu } from "../support/device.js";

const gpu = useGpu({ guarded: true });

function values(size: number, mean = 0, deviation = 1): Float32Array {
  const random = new Random(3).stream(`${size}`);
  return Float32Array.from({ length: size }, () => mean + deviation * 2 * (random.uniform() - 0.5));
}

/** Count, mean and sum of squared deviations of one channel of [n, h, w, c], in double precision. */
function momentsOf(x: Float32Array, channels: number, channel: number): { mean: number; squares: number } {
  const own = Array.from(x).filter((_, i) => i % channels === channel);
  const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
  return { mean, squares: own.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}

describe("channelMoments", () => {
  test.each([
    [[1, 3, 5, 4], 0],
    [[2, 3, 5, 3], 0],
    [[1, 1, 1, 4], 0],
    // Several ranges on every kind of adapter, and a mean that E[x²] − E[x]² would not survive.
    [[1, 37, 41, 4], 100],
    [[1, 37, 41, 1], 100],
  ] as const)("are those of all pixels: %j around %d", async (shape, mean) => {
    using _scope = gpu().scope("moments");
    const channels = shape[3];
    const x = values(shape[0] * shape[1] * shape[2] * channels, mean);
    for (const run of [<T>(work: () => Promise<T>) => work(), <T>(work: () => Promise<T>) => onOtherAdapter(gpu(), work)]) {
      const moments = await run(() => channelMoments(Tensor.from(gpu(), shape, x)));
      expect(moments.count).toBe(x.length / channels);
      for (let channel = 0; channel < channels; channel++) {
        const expected = momentsOf(x, channels, channel);
        // Of values stored with 24 bits, added up in float32 within a range.
        expect(Math.abs((moments.mean[channel] ?? Number.NaN) - expected.mean)).toBeLessThan(1e-5 * (1 + Math.abs(mean)));
        expect(Math.abs((moments.squares[channel] ?? Number.NaN) - expected.squares)).toBeLessThan(1e-4 * (1 + expected.squares));
      }
    }
  });

  test("join in any cut", () => {
    const all = { count: 5, mean: Float64Array.of(3), squares: Float64Array.of(10) };
    const [left, right] = [
      { count: 2, mean: Float64Array.of(1.5), squares: Float64Array.of(0.5) },
      { count: 3, mean: Float64Array.of(4), squares: Float64Array.of(2) },
    ];
    // Of 1, 2 and 3, 4, 5.
    for (const joined of [joinMoments(left, right), joinMoments(right, left), joinMoments(noMoments(1), all)]) {
      expect(joined.count).toBe(5);
      expect(joined.mean[0]).toBeCloseTo(3, 12);
      expect(joined.squares[0]).toBeCloseTo(10, 12);
    }
    expect(joinMoments(noMoments(2), noMoments(2))).toEqual(noMoments(2));
  });
});

describe("forwardPart", () => {
  const norms: readonly Norm[] = ["instance", "batch", "none"];
  const shapes = [[1, 6, 7, 8], [1, 6, 7, 5], [1, 1, 2, 4], [1, 31, 33, 4]] as const;
  test.each(norms.flatMap((norm) => shapes.map((shape) => [norm, shape] as const)))("of all of the image is forward: %s norm, %j", async (norm, shape) => {
    using _scope = gpu().scope("parts");
    const size = shape[1] * shape[2] * shape[3];
    const layer = normActivation(gpu(), norm, shape[3], 0.2);
    for (const { tensor, kind } of layer.parameters().values()) tensor.write(values(tensor.size, kind === "scale" ? 1 : 0.3));
    const x = Tensor.from(gpu(), shape, values(size, 0.5));
    const skip = Tensor.from(gpu(), shape, values(size, -1));
    const moments = await channelMoments(x);
    const plain = await layer.forward(x).data();
    const added = await add(layer.forward(x), skip).data();
    for (const [expected, part] of [[plain, layer.forwardPart(x, moments)], [added, layer.forwardPart(x, moments, skip)]] as const) {
      const got = await part.data();
      const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[i] ?? Number.NaN))), 0);
      // The variance in another order: 2⁻²⁴ of some additions, of values up to 4.
      expect(worst).toBeLessThan(1e-5);
    }
    for (const { tensor } of layer.parameters().values()) tensor.release();
  });

  test("of a part has the statistics of the whole", async () => {
    using _scope = gpu().scope("parts");
    const x = values(4 * 6 * 4);
    const layer = normActivation(gpu(), "instance", 4, 1);
    const whole = Tensor.from(gpu(), [1, 4, 6, 4], x);
    const expected = await layer.forward(whole).data();
    const rows = Tensor.from(gpu(), [1, 2, 6, 4], x.subarray(0, 48));
    const got = await layer.forwardPart(rows, await channelMoments(whole)).data();
    const alone = await layer.forward(rows).data();
    const worst = (data: Float32Array): number => data.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? 0))), 0);
    expect(worst(got)).toBeLessThan(1e-5);
    expect(worst(alone)).toBeGreaterThan(0.05);
  });
});
