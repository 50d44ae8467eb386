import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.js";
import { Conv2d, ConvTranspose2d } from "../../src/nn/conv.js";
import { initialise, type InitType } from "../../src/nn/init.js";
import { releaseModule, type Module } from "../../src/nn/module.js";
import { openGpu } from "../../src/open-gpu.js";
import { Random } from "../../src/random.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

async function weightOf(module: Module, type: InitType, gain: number, name = "weight"): Promise<Float32Array> {
  initialise(module, type, gain, new Random(4));
  return (await module.parameters().get(name)?.tensor.data()) ?? new Float32Array();
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe("initialise", () => {
  // 4608 draws: the relative error of their deviation is 1 / sqrt(2 · 4608) = 1 %; 5 % is five of those.
  it.each([
    ["normal", 0.02],
    ["xavier", 0.02 * Math.sqrt(2 / (9 * 16 + 9 * 32))],
    ["kaiming", Math.sqrt(2 / (9 * 16))],
  ] as const)("%s has its deviation", async (type, expected) => {
    const conv = new Conv2d(gpu, { inChannels: 16, outChannels: 32, kernelSize: 3 });
    const values = await weightOf(conv, type, 0.02);
    expect(Math.abs(deviation(values) / expected - 1)).toBeLessThan(0.05);
    expect([...(await weightOf(conv, type, 0.02, "bias"))]).toEqual(Array.from({ length: 32 }, () => 0));
    releaseModule(conv);
  });

  it("kaiming counts a transposed convolution's output channels, as PyTorch does", async () => {
    const conv = new ConvTranspose2d(gpu, { inChannels: 32, outChannels: 16, kernelSize: 3 });
    expect(Math.abs(deviation(await weightOf(conv, "kaiming", 1)) / Math.sqrt(2 / (9 * 16)) - 1)).toBeLessThan(0.05);
    releaseModule(conv);
  });

  it.each([
    [2, 5],
    [8, 2],
  ])("orthogonal has orthogonal rows or columns of length gain (%i → %i channels)", async (inChannels, outChannels) => {
    const conv = new Conv2d(gpu, { inChannels, outChannels, kernelSize: 2 });
    const values = await weightOf(conv, "orthogonal", 0.5);
    // Memory is [kh·kw·in, out]; the fewer of rows and columns are orthogonal.
    const columns = 4 * inChannels;
    const vector = (i: number): number[] =>
      outChannels <= columns
        ? Array.from({ length: columns }, (_, j) => values[j * outChannels + i] ?? 0)
        : Array.from(values.slice(i * outChannels, (i + 1) * outChannels));
    for (let i = 0; i < Math.min(outChannels, columns); i++) {
      for (let j = 0; j <= i; j++) {
        const other = vector(j);
        const product = vector(i).reduce((sum, value, k) => sum + value * (other[k] ?? 0), 0);
        expect(product).toBeCloseTo(i === j ? 0.25 : 0, 6);
      }
    }
    releaseModule(conv);
  });

  it("draws each parameter from a stream of its own name", async () => {
    const conv = new Conv2d(gpu, { inChannels: 4, outChannels: 4, kernelSize: 3 });
    const first = await weightOf(conv, "normal", 1);
    expect(await weightOf(conv, "normal", 1)).toEqual(first);
    releaseModule(conv);
  });
});
