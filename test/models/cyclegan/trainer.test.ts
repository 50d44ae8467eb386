import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import { batchToImages } from "../../../src/data/transform.js";
import type { Gpu } from "../../../src/gpu/gpu.js";
import { defaultOptions, lossNames, type CycleGANOptions, type Losses } from "../../../src/models/cyclegan/options.js";
import { CycleGANTrainer } from "../../../src/models/cyclegan/trainer.js";
import { parameterTensors } from "../../../src/nn/module.js";
import { openGpu } from "../../../src/open-gpu.js";
import { Random } from "../../../src/random.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

const small: CycleGANOptions = { ...defaultOptions, ngf: 4, ndf: 4, nBlocks: 1, netD: "n_layers", nLayersD: 1, poolSize: 2 };

function batch(random: Random, n = 1): ImageBatch {
  const shape = [n, 12, 16, 3] as const;
  return { shape, data: Float32Array.from({ length: n * 12 * 16 * 3 }, () => 2 * random.uniform() - 1) };
}

/** The first weight of each network. */
async function firstWeights({ networks: { G_A, G_B, D_A, D_B } }: CycleGANTrainer): Promise<Float32Array[]> {
  const first = [G_A, G_B, D_A, D_B].flatMap((network) => parameterTensors(network).slice(0, 1));
  return Promise.all(first.map((tensor) => tensor.data()));
}

async function run(options: CycleGANOptions, steps: number, n = 1): Promise<Losses[]> {
  const random = new Random(5);
  const images = random.stream("images");
  const trainer = new CycleGANTrainer(gpu, options, random.stream("model"));
  const losses: Losses[] = [];
  for (let step = 0; step < steps; step++) {
    await trainer.step({ A: batch(images, n), B: batch(images, n) });
    losses.push(await trainer.losses());
  }
  trainer.dispose();
  return losses;
}

describe("CycleGANTrainer", () => {
  it("gives the same bits for the same seed", async () => {
    expect(await run(small, 4)).toEqual(await run(small, 4));
  });

  it.each([1, 4])("gives the same bits with checkpoints, %i blocks", async (nBlocks) => {
    const options = { ...small, nBlocks };
    expect(await run({ ...options, checkpointActivations: true }, 3)).toEqual(await run(options, 3));
  });

  it("has all eight losses, finite, and zero identity losses when they are off", async () => {
    const [withIdentity] = await run(small, 1);
    for (const name of lossNames) expect(withIdentity?.[name], name).toBeGreaterThan(0);
    const [without] = await run({ ...small, lambdaIdentity: 0 }, 1);
    expect(without).toMatchObject({ idt_A: 0, idt_B: 0 });
    expect(without?.cycle_A).toBe(withIdentity?.cycle_A);
  });

  it("weighs cycle and identity losses as the reference does, the lambdas of the identity crossed", async () => {
    const [plain] = await run({ ...small, lambdaA: 1, lambdaB: 1, lambdaIdentity: 1 }, 1);
    const [weighted] = await run({ ...small, lambdaA: 2, lambdaB: 4, lambdaIdentity: 0.5 }, 1);
    expect(weighted?.cycle_A).toBeCloseTo(2 * (plain?.cycle_A ?? 0), 5);
    expect(weighted?.cycle_B).toBeCloseTo(4 * (plain?.cycle_B ?? 0), 5);
    expect(weighted?.idt_A).toBeCloseTo(4 * 0.5 * (plain?.idt_A ?? 0), 5);
    expect(weighted?.idt_B).toBeCloseTo(2 * 0.5 * (plain?.idt_B ?? 0), 5);
  });

  it.each([
    ["vanilla", { ganMode: "vanilla" }, 1],
    ["pixel discriminators", { netD: "pixel" }, 1],
    ["batch norm", { norm: "batch" }, 2],
    ["no norm", { norm: "none" }, 1],
    ["a batch of 3 with a pool of 2", {}, 3],
  ] as const)("trains with %s", async (_, options, n) => {
    const losses = await run({ ...small, ...options }, 3, n);
    for (const value of losses.flatMap((step) => Object.values(step))) expect(Number.isFinite(value)).toBe(true);
  });

  it("learns: the cycle loss on one pair falls below that of a constant image", async () => {
    const random = new Random(3);
    const trainer = new CycleGANTrainer(gpu, { ...small, lr: 5e-3, lambdaIdentity: 0 }, random.stream("model"));
    const smooth = (phase: number): ImageBatch => ({
      shape: [1, 12, 16, 3],
      data: Float32Array.from({ length: 576 }, (_, i) => (i % 3 === 0 ? Math.sin(Math.floor(i / 3) / 8 + phase) : phase / 4)),
    });
    const [a, b] = [smooth(0), smooth(1)];
    for (let step = 0; step < 60; step++) await trainer.step({ A: a, B: b });
    const { cycle_A } = await trainer.losses();
    trainer.dispose();
    // The best constant for each channel: the median, here within 0.02 of 0 in all three.
    const constant = (small.lambdaA * a.data.reduce((sum, value) => sum + Math.abs(value), 0)) / a.data.length;
    expect(cycle_A).toBeLessThan(0.8 * constant);
  });

  it("updates each network once a step, and each with its own losses alone", async () => {
    const random = new Random(9);
    const trainer = new CycleGANTrainer(gpu, { ...small, lr: 1e-2 }, random.stream("model"));
    const before = await firstWeights(trainer);
    await trainer.step({ A: batch(random), B: batch(random) });
    for (const [index, values] of (await firstWeights(trainer)).entries()) {
      const moved = Math.max(...values.map((value, i) => Math.abs(value - (before[index]?.[i] ?? 0))));
      // Adam's first step moves every value by lr, whatever the gradient's size: once, not twice.
      expect(moved).toBeGreaterThan(0.9e-2);
      expect(moved).toBeLessThan(1.01e-2);
    }
    trainer.dispose();
  });

  describe("with masks", () => {
    /** The left part of the images is inside, at another column of each domain. */
    const masked = ({ shape, data }: ImageBatch, columns: number): ImageBatch => {
      return { shape, data, mask: Float32Array.from({ length: data.length / 3 }, (_, at) => (at % 16 < columns ? 1 : 0)) };
    };
    const outside = ({ data }: ImageBatch, columns: number): Float32Array => data.filter((_, at) => Math.floor(at / 3) % 16 >= columns);

    it("keeps pixels outside on every way, and learns nothing of them", async () => {
      const random = new Random(5);
      const trainer = new CycleGANTrainer(gpu, { ...small, lr: 1e-2 }, random.stream("model"));
      for (let step = 0; step < 3; step++) {
        const [A, B] = [masked(batch(random), 9), masked(batch(random), 5)];
        await trainer.step({ A, B });
        for (const images of [await trainer.visuals(), await trainer.show({ A, B })]) {
          for (const name of ["fake_B", "rec_A", "idt_B"] as const) expect(outside(images[name]!, 9), name).toEqual(outside(A, 9));
          for (const name of ["fake_A", "rec_B", "idt_A"] as const) expect(outside(images[name]!, 5), name).toEqual(outside(B, 5));
          expect(images.fake_B?.data).not.toEqual(A.data);
        }
        const { cycle_A } = await trainer.losses();
        const { rec_A } = await trainer.visuals();
        const total = rec_A!.data.reduce((sum, value, at) => sum + Math.abs(value - A.data[at]!), 0);
        expect(cycle_A).toBeCloseTo((small.lambdaA * total) / (9 * 12 * 3), 4);
      }
      trainer.dispose();
    });

    it("judges real images only inside: what they show outside changes no bit of their discriminator", async () => {
      const trained = async (change: number, masks: boolean) => {
        const random = new Random(5);
        const trainer = new CycleGANTrainer(gpu, { ...small, diffaugment: "color,cutout" }, random.stream("model"));
        const [A, B] = [batch(random), batch(random)];
        const data = B.data.map((value, at) => (Math.floor(at / 3) % 16 < 5 ? value : change * value));
        await trainer.step(masks ? { A: masked(A, 9), B: masked({ ...B, data }, 5) } : { A, B: { ...B, data } });
        const { D_A, D_B } = await trainer.losses();
        const weights = await Promise.all(parameterTensors(trainer.networks.D_A).map((tensor) => tensor.data()));
        trainer.dispose();
        return { D_A, D_B, weights };
      };
      const [plain, scrambled] = [await trained(1, true), await trained(-0.3, true)];
      expect({ ...scrambled, D_B: 0 }).toEqual({ ...plain, D_B: 0 });
      // D_B sees translations of B, in which a generator sees all of B. And without masks, D_A sees the change.
      expect(scrambled.D_B).not.toBe(plain.D_B);
      expect((await trained(-0.3, false)).D_A).not.toBe((await trained(1, false)).D_A);
    });

    it("is finite if nothing is inside, and gives the bits of a training without masks if everything is", async () => {
      const images = (n: number, columns?: number): readonly [ImageBatch, ImageBatch] => {
        const random = new Random(5);
        const pair = [batch(random, n), batch(random, n)] as const;
        return columns === undefined ? pair : [masked(pair[0], columns), masked(pair[1], columns)];
      };
      const trained = async ([A, B]: readonly [ImageBatch, ImageBatch]): Promise<Losses> => {
        const trainer = new CycleGANTrainer(gpu, small, new Random(2));
        for (let step = 0; step < 2; step++) await trainer.step({ A, B });
        const losses = await trainer.losses();
        trainer.dispose();
        return losses;
      };
      expect(await trained(images(2, 16))).toEqual(await trained(images(2)));
      expect(await trained(images(1, 0))).toMatchObject({ cycle_A: 0, cycle_B: 0, idt_A: 0, idt_B: 0, D_A: expect.toSatisfy(Number.isFinite) });
    });

    it("measures the way back inside", async () => {
      const random = new Random(5);
      const trainer = new CycleGANTrainer(gpu, small, random.stream("model"));
      const sixteen = (): ImageBatch => ({ shape: [1, 16, 16, 3], data: Float32Array.from({ length: 768 }, () => 2 * random.uniform() - 1) });
      const [A, B] = [masked(sixteen(), 9), masked(sixteen(), 5)];
      const { rec_A } = await trainer.show({ A, B });
      const { cycle_A } = await trainer.evaluation({ A: batchToImages(A), B: batchToImages(B) })();
      const total = rec_A!.data.reduce((sum, value, at) => sum + Math.abs(value - A.data[at]!), 0);
      // The test image is rounded to 8 bits, by at most 1/255, which the networks may enlarge a little.
      expect(Math.abs(cycle_A - total / (9 * 16 * 3))).toBeLessThan(0.03);
      trainer.dispose();
    });
  });

  it("takes two batches in one pass only where the device binds the activations of both", async () => {
    const image: ImageBatch = { shape: [1, 128, 128, 3], data: new Float32Array(128 * 128 * 3) };
    const { device } = gpu;
    /** Dispatches of a step on a device that binds so many bytes at once. */
    const dispatches = async (bytes: number): Promise<number> => {
      const limits = new Proxy(device.limits, {
        get: (of, name: keyof GPUSupportedLimits) => (["maxBufferSize", "maxStorageBufferBindingSize"].includes(name) ? bytes : of[name]),
      });
      const get = (target: GPUDevice, name: keyof GPUDevice): unknown => (name === "limits" ? limits : target[name]);
      Object.defineProperty(gpu, "device", { value: new Proxy(device, { get }) });
      using rehearsal = gpu.rehearsal();
      Object.defineProperty(gpu, "device", { value: device });
      await new CycleGANTrainer(rehearsal, { ...small, ngf: 24 }, new Random(1)).step({ A: image, B: image });
      return rehearsal.stats.dispatches;
    };
    // The padded gradient of a 7×7 convolution's 24 channels, for one image and for two.
    const bytes = 134 * 134 * 24 * 4;
    expect(await dispatches(bytes)).toBeGreaterThan(1.2 * (await dispatches(2 * bytes)));
    expect(await dispatches(2 * bytes)).toBe(await dispatches(2 ** 30));
    await expect(dispatches(bytes - 1)).rejects.toThrow("one tensor needs");
  });

  it.each([
    ["a software adapter, for the step itself", true, 0],
    ["a GPU, for the step before", false, 1],
  ] as const)("waits on %s", async (_, isCpu, expected) => {
    using rehearsal = gpu.rehearsal();
    Object.defineProperty(rehearsal, "isCpu", { value: isCpu });
    let pending = 0;
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    rehearsal.idle = async () => {
      pending++;
      // What a GPU is left to do ends only when the test lets it.
      await (isCpu ? new Promise((resolve) => setTimeout(resolve, 10)) : held);
      pending--;
    };
    const trainer = new CycleGANTrainer(rehearsal, small, new Random(1));
    await trainer.step({ A: batch(new Random(8)), B: batch(new Random(9)) });
    expect(pending).toBe(expected);
    finish();
    await trainer.losses();
    expect(pending).toBe(0);
    trainer.dispose();
  });

  it("keeps no buffer in which the weights were before the optimizers took them", () => {
    using rehearsal = gpu.rehearsal();
    const trainer = new CycleGANTrainer(rehearsal, small, new Random(1));
    expect(rehearsal.pool.allocatedBytes).toBe(rehearsal.stats.liveBytes);
    trainer.dispose();
  });

  it("gives all device memory back", async () => {
    const before = gpu.stats.liveBytes;
    await run(small, 2);
    expect(gpu.stats.liveBytes).toBe(before);
  });

  it("refuses sizes that the generator cannot take, and leaves nothing behind", async () => {
    const before = gpu.stats.liveBytes;
    const trainer = new CycleGANTrainer(gpu, small, new Random(1));
    const odd: ImageBatch = { shape: [1, 10, 12, 3], data: new Float32Array(360) };
    await expect(trainer.step({ A: odd, B: odd })).rejects.toThrow(/l1Loss: expected two tensors of one shape/);
    trainer.dispose();
    expect(gpu.stats.liveBytes).toBe(before);
  });
});
