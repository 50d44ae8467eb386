/** The step of the plain GAN, its state, and its samples. */
import { expect, test } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import { batchToImages } from "../../../src/data/transform.js";
import { defaultGanOptions, lossNames, type GanOptions } from "../../../src/models/gan/options.js";
import { GanTrainer } from "../../../src/models/gan/trainer.js";
import { Random } from "../../../src/random.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();
const small: GanOptions = { ...defaultGanOptions, nz: 6, ngf: 4, ndf: 4, cropSize: 16, lr: 1e-3 };

function batch(random: Random, n = 4, nc = 3): ImageBatch {
  return { shape: [n, 16, 16, nc], data: Float32Array.from({ length: n * 16 * 16 * nc }, () => 2 * random.uniform() - 1) };
}

async function train(trainer: GanTrainer, steps: number, seed: number, nc = 3) {
  const random = new Random(seed);
  for (let step = 0; step < steps; step++) await trainer.step({ real: batch(random, 4, nc) });
  return trainer.losses();
}

function create(options: Partial<GanOptions> = {}): GanTrainer {
  return new GanTrainer(gpu(), { ...small, ...options }, new Random(5));
}

test.for<Partial<GanOptions>>([{}, { precision: "f16" }, { ganMode: "hinge" }, { ganMode: "wgangp", nc: 1 }, { diffaugment: "color,translation" }])("%o: four steps are those of two, a state, and two more in another trainer", async (options, { skip }) => {
  skip(options.precision === "f16" && !gpu().hasHalf, "needs shader-f16");
  const { nc } = options;
  const whole = create(options);
  await train(whole, 2, 1, nc);
  const losses = await train(whole, 2, 2, nc);
  expect(Object.keys(losses)).toEqual(options.ganMode === "wgangp" ? [...lossNames, "D_gp"] : lossNames);
  const first = create(options);
  await train(first, 2, 1, nc);
  const state = await first.state();
  first.dispose();
  const second = create(options);
  await train(second, 1, 9, nc);
  second.restore(state);
  expect(await train(second, 2, 2, nc)).toEqual(losses);
  expect(await second.state()).toEqual(await whole.state());
  second.dispose();
  whole.dispose();
});

test("noise and running statistics are part of the state", async () => {
  const trainer = create();
  await train(trainer, 3, 1);
  const { tensors, random } = await trainer.state();
  // Four images of six numbers take six draws of four.
  expect(random["z"]?.counter).toBe(6 * 3);
  const count = (name: string) => tensors.get(name)?.values[0];
  expect(count("G/main.1.num_batches_tracked")).toBe(3);
  // A step judges generated images twice, and real ones once.
  expect(count("D/main.3.num_batches_tracked")).toBe(9);
  trainer.dispose();
});

test("the discriminator sees all images augmented", async () => {
  const [plain, augmented] = [create(), create({ diffaugment: "color,translation" })];
  for (const trainer of [plain, augmented]) await train(trainer, 1, 1);
  const [before, after] = [await plain.losses(), await augmented.losses()];
  for (const name of lossNames) expect(after[name], name).not.toBe(before[name]);
  // Three numbers for the colour and two for the place of each of four images: real, generated, and generated for the generator.
  expect((await augmented.state()).random["diffaugment"]?.counter).toBe((3 + 2) * 4 * 3);
  plain.dispose();
  augmented.dispose();
});

test("samples and measuring change nothing, and a sample does not depend on the others of its batch", async () => {
  const trainer = create();
  await train(trainer, 2, 1);
  const before = await trainer.state();
  const shown = await trainer.visuals();
  expect(Object.values(shown).map((images) => images?.shape)).toEqual(Array.from({ length: 8 }, () => [8, 16, 16, 3]));
  const columns = Object.values(shown).map((images) => images?.data.join(" "));
  expect(new Set(columns).size).toBe(8);
  const evaluate = trainer.evaluation({ real: batchToImages(batch(new Random(8), 70)) });
  const { swd } = await evaluate();
  expect(swd).toBeGreaterThan(0);
  expect(await evaluate()).toEqual({ swd });
  expect(await trainer.visuals()).toEqual(shown);
  expect(await trainer.state()).toEqual(before);
  trainer.dispose();
});

test("the last batch of an epoch may have one image", async () => {
  const trainer = create();
  await trainer.step({ real: batch(new Random(1), 1) });
  expect((await trainer.losses()).D_real).toBeGreaterThan(0);
  trainer.dispose();
});

test("scales of batch norms start at N(1, 0.02²), kernels at N(0, 0.02²), and nothing has a bias but the norms", async () => {
  const trainer = create({ cropSize: 32, ngf: 16 });
  const { G } = trainer.networks;
  const moments = async (name: string): Promise<readonly [mean: number, deviation: number]> => {
    const values = (await G.parameters().get(name)?.tensor.data()) ?? new Float32Array();
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
  };
  const [scale, scaleDeviation] = await moments("main.1.weight");
  // 64 values: the mean is off by 0.02 / 8, the deviation by 0.02 / √128; both times four.
  expect(Math.abs(scale - 1)).toBeLessThan(0.01);
  expect(Math.abs(scaleDeviation - 0.02)).toBeLessThan(0.0071);
  const [kernel, kernelDeviation] = await moments("main.3.weight");
  // 32,768 values.
  expect(Math.abs(kernel)).toBeLessThan(0.00045);
  expect(Math.abs(kernelDeviation - 0.02)).toBeLessThan(0.00032);
  expect([...G.parameters().keys()].filter((name) => name.endsWith("bias"))).toEqual(["main.1.bias", "main.4.bias", "main.7.bias"]);
  trainer.dispose();
});
