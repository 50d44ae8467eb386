/** The step of pix2pix, its state, and what it makes of images it is not trained on. */
import { expect, test } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import { batchToImages } from "../../../src/data/transform.js";
import { defaultPix2PixOptions, lossNames, type Pix2PixOptions } from "../../../src/models/pix2pix/options.js";
import { Pix2PixTrainer } from "../../../src/models/pix2pix/trainer.js";
import { Random } from "../../../src/random.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();
/** A U-Net with one block that has dropout. */
const small: Pix2PixOptions = { ...defaultPix2PixOptions, ngf: 4, ndf: 4, numDowns: 6, netD: "n_layers", nLayersD: 1, lr: 1e-3 };

function batch(random: Random, n = 1): ImageBatch {
  return { shape: [n, 64, 64, 3], data: Float32Array.from({ length: n * 64 * 64 * 3 }, () => 2 * random.uniform() - 1) };
}

async function train(trainer: Pix2PixTrainer, steps: number, seed: number) {
  const random = new Random(seed);
  for (let step = 0; step < steps; step++) await trainer.step({ A: batch(random), B: batch(random) });
  return trainer.losses();
}

function create(options: Partial<Pix2PixOptions> = {}): Pix2PixTrainer {
  return new Pix2PixTrainer(gpu(), { ...small, ...options }, new Random(5));
}

test.each<[string, Partial<Pix2PixOptions>]>([
  ["a U-Net", {}],
  ["a ResNet with dropout", { numDowns: 0, nBlocks: 1 }],
  ["instance norm, lsgan, no dropout, a pool", { norm: "instance", ganMode: "lsgan", dropout: false, poolSize: 2 }],
  ["a gradient penalty", { numDowns: 2, dropout: false, ganMode: "wgangp" }],
])("%s: four steps are those of two, a state, and two more in another trainer", async (_, options) => {
  const whole = create(options);
  await train(whole, 2, 1);
  const losses = await train(whole, 2, 2);
  expect(Object.keys(losses)).toEqual(options.ganMode === "wgangp" ? [...lossNames, "D_gp"] : lossNames);
  for (const [name, value] of Object.entries(losses)) expect(Math.abs(value), name).toBeGreaterThan(0);
  const first = create(options);
  await train(first, 2, 1);
  const state = await first.state();
  first.dispose();
  const second = create(options);
  await train(second, 1, 9);
  second.restore(state);
  expect(await train(second, 2, 2)).toEqual(losses);
  expect(await second.state()).toEqual(await whole.state());
  second.dispose();
  whole.dispose();
});

test("half precision trains, keeps float32 statistics, and continues to the same bits", async ({ skip }) => {
  skip(!gpu().hasHalf, "needs shader-f16");
  const whole = create({ precision: "f16", poolSize: 2 });
  await train(whole, 2, 1);
  const state = await whole.state();
  const losses = await train(whole, 1, 2);
  for (const name of lossNames) expect(losses[name], name).toBeGreaterThan(0);
  const other = create({ precision: "f16", poolSize: 2 });
  other.restore(state);
  expect(await train(other, 1, 2)).toEqual(losses);
  other.dispose();
  whole.dispose();
});

test("dropout and running statistics are part of the state", async () => {
  const trainer = create();
  await train(trainer, 3, 1);
  const { tensors, counters } = await trainer.state();
  expect(counters["dropout"]).toBe(3);
  const count = (name: string) => tensors.get(name)?.values[0];
  expect(count("G/model.model.1.model.2.num_batches_tracked")).toBe(3);
  // A step judges translations twice, and real pairs once.
  expect(count("D/model.3.num_batches_tracked")).toBe(9);
  trainer.dispose();
});

test("showing and measuring change nothing, and use running statistics without dropout", async () => {
  const trainer = create();
  await train(trainer, 2, 1);
  const before = await trainer.state();
  const random = new Random(8);
  const [A, B] = [batch(random), batch(random)];
  const shown = await trainer.show({ A, B });
  expect(Object.keys(shown)).toEqual(["real_A", "fake_B", "real_B"]);
  const evaluate = trainer.evaluation({ A: batchToImages(A), B: batchToImages(B) });
  const metrics = await evaluate();
  const fake = shown["fake_B"]?.data ?? new Float32Array();
  const distance = fake.reduce((sum, value, i) => sum + Math.abs(value - (B.data[i] ?? 0)), 0) / fake.length;
  // Both images are rounded to 8 bits first, by at most 1/255 each.
  expect(Math.abs(metrics.l1 - distance)).toBeLessThan(2 / 255);
  expect(metrics.ssim).toBeLessThan(1);
  expect(await evaluate()).toEqual(metrics);
  expect(await trainer.show({ A, B })).toEqual(shown);
  expect(await trainer.state()).toEqual(before);
  trainer.dispose();
});

test("the discriminator sees A and B joined along the channels", () => {
  const trainer = create({ outputNc: 1 });
  expect(trainer.networks.D.parameters().get("model.0.weight")?.tensor.shape).toEqual([4, 4, 4, 4]);
  trainer.dispose();
});

test.each<[string, Partial<Pix2PixOptions>]>([
  ["a U-Net and a pool", { poolSize: 1 }],
  ["a gradient penalty", { numDowns: 2, dropout: false, ganMode: "wgangp" }],
  ["half precision", { precision: "f16" }],
])("what B shows outside of the masks changes no bit of a training: %s", async (_, options) => {
  if (options.precision === "f16" && !gpu().hasHalf) return;
  const inside = (at: number): boolean => at % 64 > 20 && at < 40 * 64;
  const mask = Float32Array.from({ length: 64 * 64 }, (__, at) => (inside(at) ? 1 : 0));
  const trained = async (outside: number, masks: boolean) => {
    const trainer = create(options);
    const random = new Random(1);
    for (let step = 0; step < 3; step++) {
      const [A, B] = [batch(random), batch(random)];
      const data = B.data.map((value, at) => (inside(Math.floor(at / 3)) ? value : outside * value));
      await trainer.step({ A: masks ? { ...A, mask } : A, B: { ...B, data } });
    }
    const result = { losses: await trainer.losses(), state: await trainer.state() };
    trainer.dispose();
    return result;
  };
  const [plain, scrambled] = [await trained(1, true), await trained(-0.3, true)];
  expect(scrambled).toEqual(plain);
  expect(plain.losses.G_L1).toBeGreaterThan(0);
  // The same change is seen without masks.
  expect((await trained(-0.3, false)).losses).not.toEqual((await trained(1, false)).losses);
});

test("with a mask, the translation keeps what A shows outside, and only what is inside is measured", async () => {
  const trainer = create();
  const random = new Random(8);
  const [image, B] = [batch(random), batch(random)];
  const mask = Float32Array.from({ length: 64 * 64 }, (_, at) => (at < 1000 ? 1 : 0));
  const A = { ...image, mask };
  await trainer.step({ A, B });
  for (const shown of [await trainer.visuals(), await trainer.show({ A, B })]) {
    const fake = shown["fake_B"]?.data ?? new Float32Array();
    expect(fake.subarray(3000)).toEqual(A.data.subarray(3000));
    expect(fake.subarray(0, 3000)).not.toEqual(A.data.subarray(0, 3000));
  }
  const { data: fake } = (await trainer.show({ A, B }))["fake_B"] ?? A;
  const distance = fake.subarray(0, 3000).reduce((sum, value, i) => sum + Math.abs(value - (B.data[i] ?? 0)), 0) / 3000;
  const { l1 } = await trainer.evaluation({ A: batchToImages(A), B: batchToImages(B) })();
  // Both images are rounded to 8 bits first, by at most 1/255 each.
  expect(Math.abs(l1 - distance)).toBeLessThan(2 / 255);
  trainer.dispose();
});
