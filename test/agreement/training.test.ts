/** The networks and the training step against PyTorch: test/reference/training.py made the expected values. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageBatch } from "../../src/data/image.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import type { StoredTensor } from "../../src/io/safetensors.js";
import { exportWeights, importWeights, type WeightParameter } from "../../src/io/weights.js";
import {
  defaultOptions,
  lossNames,
  type CycleGANOptions,
  type LossName,
  type Losses,
} from "../../src/models/cyclegan/options.js";
import type { Networks } from "../../src/models/cyclegan/networks.js";
import { CycleGANTrainer } from "../../src/models/cyclegan/trainer.js";
import type { Module } from "../../src/nn/module.js";
import { openGpu } from "../../src/open-gpu.js";
import { Random } from "../../src/random.js";
import { imageShape } from "../../src/shape.js";
import { Tensor } from "../../src/tensor/tensor.js";
import {
  l2Error,
  largestDifference,
  readFigures,
  readTensors,
  report,
  shapeOf,
  tolerance,
  under,
  valuesOf,
} from "./fixture.js";

interface Case {
  readonly name: string;
  readonly options: Partial<CycleGANOptions> & { readonly seed: number; readonly steps: number };
  /** How far PyTorch's own float32 run is from its float64 run, and the losses of one whose weights are off by 1e-6. */
  readonly float32: Readonly<Record<"outputs" | "gradients" | "firstLosses" | "losses" | "perturbedLosses", number>>;
  /** Of each step, in float64. */
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

/** The gradients that there are, in PyTorch's names and order of axes. */
function gradients(networks: Networks): Promise<Map<string, StoredTensor>> {
  const all = new Map<string, WeightParameter>();
  for (const [network, module] of Object.entries<Module>({ ...networks })) {
    for (const [name, { kind, tensor }] of module.parameters()) {
      if (tensor.grad) all.set(`${network}.${name}`, { kind, tensor: tensor.grad });
    }
  }
  return exportWeights({ parameters: () => all });
}

/** The largest relative error of a step's losses; a loss that is left out must be 0. */
function lossError(got: Losses | undefined, expected: Losses): number {
  const error = (name: LossName): number => {
    return Math.abs((got?.[name] ?? Number.NaN) - expected[name]) / (Math.abs(expected[name]) || Number.MIN_VALUE);
  };
  return Math.max(...lossNames.map(error));
}

describe.each(cases)("PyTorch, $name", (given) => {
  const { name, float32 } = given;
  const tensors = readTensors(`training-${name}`);
  const outputs = new Map<string, Float32Array>();
  const losses: Losses[] = [];
  let trainer: CycleGANTrainer;
  beforeAll(async () => {
    trainer = buildTrainer(given, tensors);
    const [realA, realB] = images(tensors, 0);
    outputs.set("D_A(real_B)", await apply(trainer.networks.D_A, realB));
    outputs.set("D_B(real_A)", await apply(trainer.networks.D_B, realA));
    await trainer.step({ A: realA, B: realB });
    losses.push(await trainer.losses());
    for (const [image, { data }] of Object.entries(await trainer.visuals())) outputs.set(image, data);
  });
  afterAll(() => trainer.dispose());

  it("has the same translations and judgements before any update", async ({ annotate }) => {
    const expected = [...under("outputs/", tensors).keys()];
    expect([...outputs.keys()].toSorted()).toEqual([...expected, "real_A", "real_B"].toSorted());
    const errors = expected.map((output) => {
      return largestDifference(outputs.get(output) ?? new Float32Array(), valuesOf(tensors, `outputs/${output}`));
    });
    const allowed = tolerance(float32.outputs, 1e-4);
    await annotate(report("output", Math.max(...errors), allowed));
    expect(Math.max(...errors)).toBeLessThan(allowed);
  });

  it("has the same gradient of every parameter in the first step", async ({ annotate }) => {
    const expected = under("gradients/", tensors);
    const got = await gradients(trainer.networks);
    // The fixture leaves out biases in front of an instance norm, which subtracts them again, as the trainer does.
    expect([...got.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
    const errors = [...expected.keys()].map((key) => {
      return [key, l2Error(valuesOf(got, key), valuesOf(expected, key))] as const;
    });
    const allowed = tolerance(float32.gradients, 1e-4);
    const [worst, error] = errors.reduce((a, b) => (a[1] >= b[1] ? a : b));
    await annotate(report(`gradient (${worst})`, error, allowed));
    for (const [key, value] of errors) expect(value, key).toBeLessThan(allowed);
  });

  it("has the same losses in every step", async ({ annotate }) => {
    for (let step = losses.length; step < given.losses.length; step++) {
      const [A, B] = images(tensors, step);
      await trainer.step({ A, B });
      losses.push(await trainer.losses());
    }
    const errors = given.losses.map((expected, step) => lossError(losses[step], expected));
    const [first = Number.NaN] = errors;
    const allowedFirst = tolerance(float32.firstLosses, 1e-5);
    // Steps amplify: Adam's first ones move every weight by lr, however small its gradient, and a ReLU whose input
    // changes sign lets a gradient jump. So runs whose weights start 1e-6 off tell more than one lucky float32 run.
    const allowed = tolerance(Math.max(float32.losses, float32.perturbedLosses), 1e-3);
    await annotate(report("loss of the first step", first, allowedFirst));
    await annotate(report("loss of any step", Math.max(...errors), allowed));
    expect(first).toBeLessThan(allowedFirst);
    expect(Math.max(...errors)).toBeLessThan(allowed);
  });
});
