import { expect, test } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import { noGrad } from "../../../src/tensor/grad-mode.js";
import { buildGenerator, type GeneratorOptions } from "../../../src/models/networks/generator.js";
import { generateInTiles } from "../../../src/models/tiling/tiled-generator.js";
import { doubling, halving, sameSize, tileWindows, type Reach } from "../../../src/models/tiling/windows.js";
import { initialise } from "../../../src/nn/init.js";
import { parameterTensors, releaseModule } from "../../../src/nn/module.js";
import { Random } from "../../../src/random.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { onOtherAdapter, useGpu } from "../../support/device.js";

const gpu = useGpu();

/** Each pixel a colour of its own, brighter to the right, so that no tile has the statistics of the whole. */
function image(height: number, width: number, channels: number): ImageBatch {
  const random = new Random(11).stream("image");
  const data = Float32Array.from({ length: height * width * channels }, (_, i) => {
    return (((i / channels) % width) / width - 0.5) + 0.5 * (random.uniform() - 0.5);
  });
  return { shape: [1, height, width, channels], data };
}

const small: GeneratorOptions = { inputNc: 3, outputNc: 3, ngf: 8, nBlocks: 2, norm: "instance" };

/** The largest difference between the result in tiles and at once. */
async function difference(options: GeneratorOptions, height: number, width: number, tile: number): Promise<number> {
  const generator = buildGenerator(gpu(), options);
  const random = new Random(5);
  initialise(generator, "kaiming", 1, random);
  for (const { kind, tensor } of generator.parameters().values()) {
    if (kind === "vector") tensor.write(Float32Array.from({ length: tensor.size }, () => random.uniform() - 0.5));
  }
  const input = image(height, width, options.inputNc);
  const tiled = await generateInTiles(gpu(), generator, input, { tile });
  using _scope = gpu().scope("whole");
  const whole = await noGrad(() => generator.forward(Tensor.from(gpu(), input.shape, input.data))).data();
  releaseModule(generator);
  expect(tiled.data.length).toBe(whole.length);
  expect(Math.max(...whole) - Math.min(...whole)).toBeGreaterThan(0.3);
  return whole.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (tiled.data[i] ?? Number.NaN))), 0);
}

// Rounding alone: some 20 layers that each add 2⁻²⁴ of values up to a few, and norms that amplify it tenfold at most.
const tolerance = 1e-4;

test("with float16 activations, tiles change no more than rounding does, and results stay near those of float32", async ({ skip }) => {
  skip(!gpu().hasHalf, "needs shader-f16");
  // Some 20 stores in turn, each with an error of 2⁻¹² of values up to about 3 (a random walk: 0.003), amplified tenfold by the norms.
  expect(await difference({ ...small, activations: "float16" }, 48, 72, 16)).toBeLessThan(0.03);
  const input = image(48, 48, 3);
  const outputs = [];
  for (const activations of ["float16", "float32"] as const) {
    const generator = buildGenerator(gpu(), { ...small, activations });
    initialise(generator, "kaiming", 1, new Random(5));
    using _scope = gpu().scope("whole");
    outputs.push(await noGrad(() => generator.forward(Tensor.from(gpu(), input.shape, input.data))).data());
    releaseModule(generator);
  }
  const [half = [], single = []] = outputs;
  const worst = Math.max(...Array.from(single, (value, index) => Math.abs(value - (half[index] ?? NaN))));
  expect(worst).toBeGreaterThan(0);
  expect(worst).toBeLessThan(0.03);
});

test.each([
  ["instance norm", {}, 48, 72, 16],
  ["batch norm", { norm: "batch" }, 48, 40, 20],
  ["no norm", { norm: "none" }, 40, 48, 16],
  ["gray to colour, a width of no whole vec4", { inputNc: 1, ngf: 6 }, 36, 44, 24],
  ["a last tile of 4 pixels", {}, 36, 52, 16],
  ["doubling by nearest neighbours and a convolution", { upsample: "resize-conv" }, 44, 36, 16],
  ["halving and doubling by fixed filters", { upsample: "bilinear-conv", antialias: true }, 44, 36, 16],
  ["the same in the least tile, without a norm", { upsample: "bilinear-conv", antialias: true, norm: "none", nBlocks: 1 }, 24, 20, 4],
  ["the least tile", { nBlocks: 1 }, 24, 20, 4],
  ["one tile", {}, 24, 32, 64],
] as const)("an image in tiles is the image at once: %s", async (_, options, height, width, tile) => {
  expect(await difference({ ...small, ...options }, height, width, tile)).toBeLessThan(tolerance);
});

test("also with the ranges that another kind of adapter takes for the statistics", async () => {
  expect(await onOtherAdapter(gpu(), () => difference(small, 48, 48, 24))).toBeLessThan(tolerance);
});

test("tells each tile of each pass, ends between two, and leaves nothing on the device", async () => {
  const generator = buildGenerator(gpu(), small);
  for (const tensor of parameterTensors(generator)) tensor.write(new Float32Array(tensor.size));
  const before = gpu().stats.liveBytes;
  const seen: number[] = [];
  const controller = new AbortController();
  const onTile = (done: number, total: number): void => {
    // 2 × 3 tiles; three passes down, two for each of two blocks, three up.
    expect(total).toBe(6 * 10);
    seen.push(done);
  };
  await generateInTiles(gpu(), generator, image(32, 48, 3), { tile: 16, onTile });
  expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  const ended = generateInTiles(gpu(), generator, image(32, 48, 3), {
    tile: 16,
    onTile: (done) => done === 7 && controller.abort(),
    signal: controller.signal,
  });
  await expect(ended).rejects.toThrow(/abort/);
  expect(gpu().stats.liveBytes).toBe(before);
  releaseModule(generator);
});

test("refuses what does not fit", async () => {
  const generator = buildGenerator(gpu(), small);
  await expect(generateInTiles(gpu(), generator, image(32, 30, 3), { tile: 16 })).rejects.toThrow(/multiples of 4.*32, 30/);
  await expect(generateInTiles(gpu(), generator, image(32, 32, 3), { tile: 18 })).rejects.toThrow(/a tile of .*got 18/);
  releaseModule(generator);
});

/** The inputs that output `i` of a chain depends on, found one layer at a time. */
function dependsOn(i: number, layers: readonly Reach[]): number[] {
  let wanted = [i];
  for (const { reads } of [...layers].reverse()) {
    wanted = wanted.flatMap((at) => {
      const { start, end } = reads({ start: at, end: at + 1 });
      return Array.from({ length: end - start }, (_, k) => start + k);
    });
    wanted = [...new Set(wanted)];
  }
  return wanted;
}

test.each([
  ["down", [sameSize(3), halving, halving], 4],
  ["up", [doubling, doubling, sameSize(3)], 1],
  ["beside", [sameSize(1)], 1],
] as const)("windows keep each output once and hold all it depends on: %s", (_, layers, stride) => {
  for (const extent of [4, 8, 20, 52, 64]) {
    for (const tile of [2, 6, 16, 100]) {
      const windows = tileWindows(extent, layers, tile);
      const outputs = layers.reduce((size, { scale }) => size * scale, extent);
      const kept = windows.flatMap(({ kept: { start, end } }) => Array.from({ length: end - start }, (_, i) => start + i));
      expect(kept).toEqual(Array.from({ length: outputs }, (_, i) => i));
      for (const { inputs, kept } of windows) {
        expect(inputs.start % stride).toBe(0);
        expect(inputs.end - inputs.start).toBe((windows[0]?.inputs.end ?? 0) - (windows[0]?.inputs.start ?? 0));
        const seen = [kept.start, kept.end - 1].flatMap((i) => dependsOn(i, layers)).filter((i) => i >= 0 && i < extent);
        expect(Math.min(...seen)).toBeGreaterThanOrEqual(inputs.start);
        expect(Math.max(...seen)).toBeLessThan(inputs.end);
      }
    }
  }
});
