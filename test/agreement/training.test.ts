/** The networks and the training step against PyTorch: test/reference/training.py made the expected values. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageBatch } from "../../src/data/image.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import type { StoredTensor } from "../../src/io/safetensors.js";
import { exportWeights, importWeights, type WeightModule } from "../../src/io/weights.js";
import { defaultOptions, lossNames, type CycleGANOptions, type Losses } from "../../src/models/cyclegan/options.js";
import { CycleGANTrainer, type Networks } from "../../src/models/cyclegan/trainer.js";
import type { Module } from "../../src/nn/module.js";
import { openGpu } from "../../src/node.js";
import { Random } from "../../src/random.js";
import { imageShape } from "../../src/shape.js";
import { Tensor } from "../../src/tensor.js";
import { l2Error, largestDifference, readFigures, readTensors, shapeOf, tolerance, under, valuesOf } from "./fixture.js";

interface Case {
  readonly name: string;
  readonly options: Partial<CycleGANOptions> & { readonly seed: number };
  /** How far PyTorch's own float32 run is from its float64 run. */
  readonly float32: Readonly<Record<"outputs" | "gradients" | "cancelledGradients" | "firstLosses" | "losses", number>>;
  /** Biases in front of an instance norm, which subtracts them again. */
  readonly cancelled: readonly string[];
  /** Of ten steps. */
  readonly losses: readonly Losses[];
}

const { cases } = readFigures("training") as { readonly cases: readonly Case[] };

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

function buildTrainer({ name, options }: Case, tensors: ReadonlyMap<string, StoredTensor>): CycleGANTrainer {
  const trainer = new CycleGANTrainer(gpu, { ...defaultOptions, ...options }, new Random(options.seed));
  for (const [network, module] of Object.entries(trainer.networks)) {
    importWeights(module, under(`weights/${network}.`, tensors), `${name}: ${network}`);
  }
  return trainer;
}

/** The images of a step; they come round every three steps. */
function images(tensors: ReadonlyMap<string, StoredTensor>, step: number): readonly [ImageBatch, ImageBatch] {
  const batch = (name: string): ImageBatch => {
    return { shape: imageShape("fixture", name, shapeOf(tensors, name)), data: valuesOf(tensors, name) };
  };
  return [batch(`real_A/${step % 3}`), batch(`real_B/${step % 3}`)];
}

async function apply(network: Module, { shape, data }: ImageBatch): Promise<Float32Array> {
  using scope = gpu.scope("forward");
  const values = await network.forward(Tensor.from(gpu, shape, data)).data();
  scope.close();
  return values;
}

/** Every gradient in PyTorch's name and order of axes. */
async function gradients(networks: Networks): Promise<Map<string, StoredTensor>> {
  const all = new Map<string, StoredTensor>();
  for (const [network, module] of Object.entries(networks) as [string, Module][]) {
    const ofGradients: WeightModule = {
      parameters: () =>
        new Map([...module.parameters()].map(([name, { kind, tensor }]) => [name, { kind, tensor: tensor.grad ?? tensor }])),
    };
    for (const [name, gradient] of await exportWeights(ofGradients)) all.set(`${network}.${name}`, gradient);
  }
  return all;
}

/** The largest relative error of a step's losses; a loss that is left out must be 0. */
function lossError(got: Losses, expected: Losses): number {
  const error = (name: keyof Losses): number => Math.abs(got[name] - expected[name]) / (Math.abs(expected[name]) || 1e-30);
  return Math.max(...lossNames.map(error));
}

describe.each(cases)("PyTorch, $name", (given) => {
  const { name, float32, cancelled } = given;
  const tensors = readTensors(`training-${name}`);
  let trainer: CycleGANTrainer;
  beforeAll(() => {
    trainer = buildTrainer(given, tensors);
  });
  afterAll(() => trainer.dispose());

  it("judges the first images alike", async ({ annotate }) => {
    const [realA, realB] = images(tensors, 0);
    const onB = largestDifference(await apply(trainer.networks.D_A, realB), valuesOf(tensors, "outputs/D_A(real_B)"));
    const onA = largestDifference(await apply(trainer.networks.D_B, realA), valuesOf(tensors, "outputs/D_B(real_A)"));
    const allowed = tolerance(float32.outputs, 1e-4);
    await annotate(`worst output ${Math.max(onA, onB)} of ${allowed}`);
    expect(Math.max(onA, onB)).toBeLessThan(allowed);
  });

  it("has the same translations, losses and gradients in the first step", async ({ annotate }) => {
    await trainer.step(...images(tensors, 0));
    const visuals = Object.entries(await trainer.visuals()).filter(([image]) => !image.startsWith("real_"));
    expect(visuals.length).toBe([...under("outputs/", tensors).keys()].length - 2);
    const allowedOutput = tolerance(float32.outputs, 1e-4);
    const worst = Math.max(...visuals.map(([image, { data }]) => largestDifference(data, valuesOf(tensors, `outputs/${image}`))));
    await annotate(`worst output ${worst} of ${allowedOutput}`);
    expect(worst).toBeLessThan(allowedOutput);

    const allowedLoss = tolerance(float32.firstLosses, 1e-5);
    const loss = lossError(await trainer.losses(), given.losses[0] as Losses);
    await annotate(`worst loss ${loss} of ${allowedLoss}`);
    expect(loss).toBeLessThan(allowedLoss);

    const expected = under("gradients/", tensors);
    const got = await gradients(trainer.networks);
    expect([...got.keys()].sort()).toEqual([...expected.keys(), ...cancelled].sort());
    const allowedGradient = tolerance(float32.gradients, 1e-4);
    const errors = [...expected.keys()].map((key) => [key, l2Error(valuesOf(got, key), valuesOf(expected, key))] as const);
    const [worstName, worstError] = errors.reduce((a, b) => (a[1] >= b[1] ? a : b));
    await annotate(`worst gradient ${worstError} of ${allowedGradient} (${worstName})`);
    for (const [key, error] of errors) expect(error, key).toBeLessThan(allowedGradient);
    // Sums that are exactly zero: only rounding is left, which has no relative error.
    const allowedNoise = tolerance(float32.cancelledGradients, 1e-4);
    const noise = cancelled.map((key) => [key, largestDifference(valuesOf(got, key), new Float32Array(shapeOf(got, key)[0] ?? 0))] as const);
    await annotate(`worst cancelled gradient ${Math.max(...noise.map(([, error]) => error))} of ${allowedNoise}`);
    for (const [key, error] of noise) expect(error, key).toBeLessThan(allowedNoise);
  });

  it("has the same losses over ten steps", async ({ annotate }) => {
    const errors: number[] = [lossError(await trainer.losses(), given.losses[0] as Losses)];
    for (const [step, expected] of given.losses.entries()) {
      if (step === 0) continue;
      await trainer.step(...images(tensors, step));
      errors.push(lossError(await trainer.losses(), expected));
    }
    const allowed = tolerance(float32.losses, 1e-3);
    await annotate(`worst loss ${Math.max(...errors)} of ${allowed}`);
    expect(Math.max(...errors)).toBeLessThan(allowed);
  });
});
