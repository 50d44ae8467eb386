/** The FCN against PyTorch: test/reference/fcn.py made the expected values. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageBatch } from "../../src/data/image.js";
import type { StoredTensor } from "../../src/io/safetensors.js";
import { exportWeights, importWeights, type WeightParameter } from "../../src/io/weights.js";
import { defaultFcnOptions, type FcnOptions } from "../../src/models/fcn/options.js";
import { FcnTrainer } from "../../src/models/fcn/trainer.js";
import { Random } from "../../src/random.js";
import { imageShape } from "../../src/shape.js";
import { noGrad } from "../../src/tensor/grad-mode.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";
import { l2Error, largestDifference, readFigures, readTensors, report, shapeOf, tolerance, under, valuesOf } from "./fixture.js";

type Figure = "scores" | "gradients" | "losses" | "use" | "perturbedLosses" | "perturbedUse";

interface Case {
  readonly name: string;
  readonly options: Partial<FcnOptions>;
  /** How far PyTorch's own float32 run is from its float64 run, and one whose weights are off by 1e-6. */
  readonly float32: Readonly<Record<Figure, number>>;
  /** Of each step, in float64. */
  readonly losses: readonly number[];
}

const { cases } = readFigures("fcn") as { readonly cases: readonly Case[] };
const gpu = useGpu();

/** The image and the labels of a step; they come round every two steps. */
function batchOf(tensors: ReadonlyMap<string, StoredTensor>, step: number): Readonly<Record<"A" | "B", ImageBatch>> {
  const batch = (name: string): ImageBatch => ({ shape: imageShape("fixture", name, shapeOf(tensors, name)), data: valuesOf(tensors, name) });
  return { A: batch(`image/${step % 2}`), B: batch(`label/${step % 2}`) };
}

describe.each(cases)("PyTorch, FCN, $name", ({ name, options, float32, losses: expectedLosses }) => {
  const tensors = readTensors(`fcn-${name}`);
  const losses: number[] = [];
  let trainer: FcnTrainer;
  const scores = async (): Promise<Float32Array> => {
    const { A: { shape, data } } = batchOf(tensors, 0);
    using scope = gpu().scope("scores");
    const result = noGrad(() => trainer.network.forward(Tensor.from(gpu(), shape, data)));
    const read = result.data();
    scope.seal();
    return await read;
  };
  beforeAll(() => {
    trainer = new FcnTrainer(gpu(), { ...defaultFcnOptions, ...options }, new Random(1));
    importWeights(trainer.network, under("weights/", tensors), name);
  });
  afterAll(() => trainer.dispose());

  it("has the same scores", async ({ annotate }) => {
    const error = largestDifference(await scores(), valuesOf(tensors, "scores"));
    const allowed = tolerance(float32.scores, 1e-4);
    await annotate(report("score", error, allowed));
    expect(error).toBeLessThan(allowed);
  });

  it("has the same gradient of every parameter in the first step", async ({ annotate }) => {
    await trainer.step(batchOf(tensors, 0));
    losses.push((await trainer.losses()).cross_entropy);
    const gradients = new Map<string, WeightParameter>();
    for (const [key, { kind, tensor: { grad } }] of trainer.network.parameters()) if (grad) gradients.set(key, { kind, tensor: grad });
    const got = await exportWeights({ parameters: () => gradients });
    const expected = under("gradients/", tensors);
    expect([...got.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
    const errors = [...expected.keys()].map((key) => [key, l2Error(valuesOf(got, key), valuesOf(expected, key))] as const);
    const allowed = tolerance(float32.gradients, 1e-4);
    const [worst, error] = errors.reduce((a, b) => (a[1] >= b[1] ? a : b));
    await annotate(report(`gradient (${worst})`, error, allowed));
    for (const [key, value] of errors) expect(value, key).toBeLessThan(allowed);
  });

  it("has the same losses in ten steps, and the same scores afterwards", async ({ annotate }) => {
    for (let step = losses.length; step < expectedLosses.length; step++) {
      await trainer.step(batchOf(tensors, step));
      losses.push((await trainer.losses()).cross_entropy);
    }
    expect(losses).toHaveLength(10);
    const error = Math.max(...expectedLosses.map((expected, step) => Math.abs((losses[step] ?? Number.NaN) - expected) / expected));
    const allowed = tolerance(Math.max(float32.losses, float32.perturbedLosses), 1e-4);
    await annotate(report("loss of any step", error, allowed));
    expect(error).toBeLessThan(allowed);
    const used = largestDifference(await scores(), valuesOf(tensors, "used"));
    const allowedUse = tolerance(Math.max(float32.use, float32.perturbedUse), 1e-3);
    await annotate(report("score after the last step", used, allowedUse));
    expect(used).toBeLessThan(allowedUse);
  });
});
