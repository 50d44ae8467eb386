import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Image } from "../../../src/data/image.js";
import { imageToBatch } from "../../../src/data/transform.js";
import { buildGenerator, type Generator, type GeneratorOptions } from "../../../src/models/networks/generator.js";
import { chooseTile, translationPeak } from "../../../src/models/tiling/plan.js";
import { defaultOptions } from "../../../src/models/cyclegan/options.js";
import { CycleGANTrainer } from "../../../src/models/cyclegan/trainer.js";
import { translateImage, translateImages } from "../../../src/models/tiling/translate-image.js";
import { initialise } from "../../../src/nn/init.js";
import { releaseModule } from "../../../src/nn/module.js";
import { Random } from "../../../src/random.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();
const options: GeneratorOptions = { inputNc: 3, outputNc: 3, ngf: 8, nBlocks: 1, norm: "instance" };
let generator: Generator;
beforeAll(() => {
  generator = buildGenerator(gpu(), options);
  initialise(generator, "kaiming", 1, new Random(2));
});
afterAll(() => releaseModule(generator));

function image(width: number, height: number, seed: number): Image {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => 40 * (i % 3) + 120 * random.uniform());
  return { width, height, channels: 3, data };
}

/** The largest difference of two images, in levels of 255. */
function levels(a: Image | undefined, b: Image): number {
  expect([a?.width, a?.height, a?.data.length]).toEqual([b.width, b.height, b.data.length]);
  return b.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (a?.data[i] ?? Number.NaN))), 0);
}

describe("translateImages", () => {
  test.each([[21, 35], [3, 2], [1, 1], [64, 4]])("gives an image of the same %i × %i pixels", async (width, height) => {
    const result = await translateImage(gpu(), generator, image(width, height, 1));
    expect(result).toMatchObject({ width, height, channels: 3 });
    expect(result.data).toHaveLength(width * height * 3);
  });

  test("several at once become what each becomes alone", async () => {
    const images = [1, 2, 3].map((seed) => image(30, 22, seed));
    const together = await translateImages(gpu(), generator, images);
    for (const [index, one] of images.entries()) {
      // A value may be rounded to the next level.
      expect(levels(together[index], await translateImage(gpu(), generator, one))).toBeLessThanOrEqual(1);
    }
    expect(levels(together[0], together[1] ?? image(1, 1, 1))).toBeGreaterThan(20);
  });

  test("what memory does not hold at once is the same one by one, and in tiles", async () => {
    const images = [1, 2].map((seed) => image(130, 70, seed));
    const [atOnce, two, tiles] = [
      await translationPeak(gpu(), options, [1, 72, 132, 3]),
      await translationPeak(gpu(), options, [2, 72, 132, 3]),
      await translationPeak(gpu(), options, [1, 72, 132, 3], 64),
    ];
    if (atOnce === undefined || two === undefined || tiles === undefined) throw new Error("too large for this device");
    expect(tiles).toBeLessThan(atOnce);
    expect(atOnce).toBeLessThan(two);
    const expected = await translateImages(gpu(), generator, images);
    for (const memory of [atOnce, tiles]) {
      let seen = 0;
      const results = await translateImages(gpu(), generator, images, { memory, onTile: () => seen++ });
      for (const [index, result] of results.entries()) expect(levels(expected[index], result)).toBeLessThanOrEqual(1);
      // Each: 2 × 3 tiles, three passes down, two for the block, three up.
      expect(seen).toBe(memory === tiles ? 2 * 6 * 8 : 0);
    }
    await expect(translateImages(gpu(), generator, images, { memory: 1000 })).rejects.toThrow(/in the smallest tiles, got .*--memory/);
  });

  test.each([undefined, 16])("several calls at the same time do not disturb each other, tile %s", async (tile) => {
    const images = [1, 2, 3].map((seed) => image(40 + 4 * seed, 32, seed));
    const before = gpu().stats.liveBytes;
    const together = await Promise.all(images.map((one) => translateImage(gpu(), generator, one, { tile })));
    for (const [index, one] of images.entries()) {
      expect(together[index]?.data).toEqual((await translateImage(gpu(), generator, one, { tile })).data);
    }
    expect(gpu().stats.liveBytes).toBe(before);
  });

  test.each([undefined, 16])("a training step at the same time keeps its images, tile %s", async (tile) => {
    const trainer = new CycleGANTrainer(gpu(), { ...defaultOptions, ngf: 4, ndf: 4, nBlocks: 1, netD: "pixel", poolSize: 0 }, new Random(4));
    const real = imageToBatch(image(16, 12, 5));
    const expected = await translateImage(gpu(), generator, image(40, 32, 1), { tile });
    const { dispatches } = gpu().stats;
    const translation = translateImage(gpu(), generator, image(40, 32, 1), { tile });
    // Until it has recorded a pass and waits for the device.
    while (gpu().stats.dispatches === dispatches) await Promise.resolve();
    await trainer.step({ A: real, B: real });
    expect((await translation).data).toEqual(expected.data);
    expect((await trainer.visuals()).fake_B?.shape).toEqual([1, 12, 16, 3]);
    trainer.dispose();
  });

  test("hands alpha on", async () => {
    const alpha = Uint8Array.from({ length: 12 * 9 }, (_, i) => 2 * i);
    expect((await translateImage(gpu(), generator, { ...image(12, 9, 1), alpha })).alpha).toBe(alpha);
  });

  test("refuses images of different sizes and channels", async () => {
    const unlike = translateImages(gpu(), generator, [image(8, 8, 1), image(8, 9, 1)]);
    await expect(unlike).rejects.toThrow(/images of 8×8 pixels and 3 channels, got one of 8×9/);
    const gray = { width: 8, height: 8, channels: 1 as const, data: new Uint8Array(64) };
    await expect(translateImage(gpu(), generator, gray)).rejects.toThrow(/3 channels, got one of 8×8 and 1/);
  });

  test("leaves nothing on the device, and no buffers of earlier sizes", async () => {
    const before = gpu().stats.liveBytes;
    await translateImage(gpu(), generator, image(160, 160, 1));
    await translateImage(gpu(), generator, image(8, 8, 1));
    expect(gpu().stats.liveBytes).toBe(before);
    expect(gpu().pool.allocatedBytes - before).toBeLessThan(200_000);
  });
});

describe("memory", () => {
  const wide: GeneratorOptions = { ...options, ngf: 64, nBlocks: 9 };

  test("4096 × 4096 pixels with the reference's generator fit into 1 GB, in tiles that are not small", async () => {
    const tile = (await chooseTile(gpu(), wide, [1, 4096, 4096, 3], 1e9)) ?? 0;
    expect(tile).toBeGreaterThanOrEqual(256);
    expect(await translationPeak(gpu(), wide, [1, 4096, 4096, 3], tile)).toBeLessThan(1e9);
  });

  test("what is rehearsed is what is measured, to the byte", async () => {
    const random = image(100, 100, 1);
    const shape = [1, 100, 100, 3] as const;
    for (const tile of [undefined, 32]) {
      const { openGpu } = await import("../../../src/open-gpu.js");
      using fresh = await openGpu();
      const network = buildGenerator(fresh, options);
      initialise(network, "normal", 0.02, new Random(1));
      await translateImage(fresh, network, random, { tile });
      expect(fresh.stats.peakBytes).toBe(await translationPeak(fresh, options, shape, tile));
    }
  });
});
