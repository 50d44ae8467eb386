/** The step of CUT and its state. Agreement with PyTorch: test/agreement. */
import { expect, test } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import { UsageError } from "../../../src/errors.js";
import { defaultCutOptions, lossNames, type CutOptions } from "../../../src/models/cut/options.js";
import { CutTrainer } from "../../../src/models/cut/trainer.js";
import { Random } from "../../../src/random.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();
const small: CutOptions = { ...defaultCutOptions, ngf: 4, ndf: 4, nBlocks: 5, netD: "n_layers", nLayersD: 1, numPatches: 16, netFNc: 8, lr: 1e-3 };
const fast = { lambdaNce: 10, nceIdt: false, flipEquivariance: true };

function batch(random: Random, n = 1, height = 16, width = 20): ImageBatch {
  return { shape: [n, height, width, 3], data: Float32Array.from({ length: n * height * width * 3 }, () => 2 * random.uniform() - 1) };
}

async function train(trainer: CutTrainer, steps: number, seed: number) {
  const random = new Random(seed);
  for (let step = 0; step < steps; step++) await trainer.step({ A: batch(random), B: batch(random) });
  return trainer.losses();
}

function create(options: Partial<CutOptions> = {}): CutTrainer {
  return new CutTrainer(gpu(), { ...small, ...options }, new Random(5));
}

async function continues(options: Partial<CutOptions>): Promise<void> {
  const whole = create(options);
  await train(whole, 3, 1);
  const losses = await train(whole, 3, 2);
  const left = [...(options.nceIdt === false ? ["NCE_Y"] : []), ...(options.lambdaNce === 0 ? ["NCE", "NCE_Y"] : [])];
  for (const name of lossNames) expect(losses[name] !== 0, name).toBe(!left.includes(name));
  const first = create(options);
  await train(first, 3, 1);
  const state = await first.state();
  first.dispose();
  const second = create(options);
  await train(second, 1, 9);
  second.restore(state);
  expect(await train(second, 3, 2)).toEqual(losses);
  expect(await second.state()).toEqual(await whole.state());
  second.dispose();
  whole.dispose();
}

test.each<[string, Partial<CutOptions>]>([
  ["CUT", {}],
  ["FastCUT", fast],
  ["wgangp, no norm, no antialiasing", { ganMode: "wgangp", norm: "none", antialias: false, antialiasUp: false, nceLayers: "0,3,4,8" }],
  ["no contrastive loss", { lambdaNce: 0 }],
])("%s: six steps are those of three, a state, and three more in another trainer", (_, options) => continues(options));

test("half precision trains, projects in float32, and continues to the same bits", async ({ skip }) => {
  skip(!gpu().hasHalf, "needs shader-f16");
  await continues({ precision: "f16" });
});

test("images of A and B may have other sizes, and their losses are those of a step that joins them", async () => {
  const random = new Random(4);
  const A = batch(random);
  const apart = create();
  await apart.step({ A, B: batch(random, 1, 24, 12) });
  const { NCE_Y } = await apart.losses();
  expect(NCE_Y).toBeGreaterThan(0);
  apart.dispose();
  const [joined, alone] = [create(), create({ nceIdt: false })];
  const B = batch(random);
  for (const trainer of [joined, alone]) await trainer.step({ A, B });
  const [both, one] = [await joined.losses(), await alone.losses()];
  for (const name of ["G_GAN", "D_real", "D_fake", "NCE"] as const) expect(Math.abs(both[name] - one[name]), name).toBeLessThan(1e-5 * one[name]);
  joined.dispose();
  alone.dispose();
});

test("biases whose convolutions are compared are trained, others in front of an instance norm are not", async () => {
  const trainer = create();
  const biases = () => new Map([...trainer.networks.G.parameters()].filter(([name]) => name.endsWith(".bias")));
  const before = new Map(await Promise.all([...biases()].map(async ([name, { tensor }]) => [name, await tensor.data()] as const)));
  await train(trainer, 1, 1);
  for (const [name, { tensor }] of biases()) {
    const changed = (await tensor.data()).some((value, at) => value !== before.get(name)?.[at]);
    // The last one is that of the head, which no norm follows.
    expect(changed, name).toBe(["model.4.bias", "model.8.bias", "model.26.bias"].includes(name));
  }
  trainer.dispose();
});

test("showing changes nothing, and translates without mirroring", async () => {
  const trainer = create(fast);
  await train(trainer, 2, 1);
  const before = await trainer.state();
  const random = new Random(8);
  const images = { A: batch(random), B: batch(random) };
  const shown = await trainer.show(images);
  expect(Object.keys(shown)).toEqual(["real_A", "fake_B", "real_B"]);
  expect(await trainer.show(images)).toEqual(shown);
  expect(await trainer.state()).toEqual(before);
  trainer.dispose();
});

test.each<[Partial<CutOptions>, RegExp]>([
  [{ nceLayers: "0,4,4" }, /^nceLayers: expected places in ascending order, separated by commas, such as 0,4,8,12,16, got "0,4,4"\./],
  [{ nceLayers: "" }, /^nceLayers: expected places in ascending order/],
  [{ nceLayers: "0,99" }, /^nceLayers: expected places of layers of this generator, which are 0, 1, 2, 3, 4, .*, 24, 26, 27, got 99\./],
  [{ lambdaGan: 0, lambdaNce: 0 }, /^lambdaGan and lambdaNce: expected one above 0, got 0 for both\./],
  [{ inputNc: 1 }, /^inputNc and outputNc: expected equal numbers/],
  [{ nceT: 0 }, /^nceT: expected/],
])("options %o are refused", (options, message) => {
  const make = (): unknown => create(options);
  expect(make).toThrow(UsageError);
  expect(make).toThrow(message);
});
