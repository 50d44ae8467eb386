/** The plain GAN against PyTorch, with running statistics: test/reference/gan.py made the expected values. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Batch } from "../../src/data/dataset.js";
import type { StoredTensor } from "../../src/io/safetensors.js";
import { importWeights } from "../../src/io/weights.js";
import { defaultGanOptions, lossNames, type GanOptions, type LossName } from "../../src/models/gan/options.js";
import { GanTrainer } from "../../src/models/gan/trainer.js";
import { drawNoise } from "../../src/models/parts/noise.js";
import { Random } from "../../src/random.js";
import { useGpu } from "../support/device.js";
import { batchOf, exported, l2Error, largestDifference, readFigures, readTensors, report, shapeOf, tolerance, under, valuesOf } from "./fixture.js";

type Losses = Readonly<Record<LossName, number>>;
type Figure =
  | "outputs" | "gradients" | "firstLosses" | "losses" | "statistics" | "use" | "perturbedLosses" | "perturbedStatistics" | "perturbedUse";

interface Case {
  readonly name: string;
  readonly options: Partial<GanOptions> & { readonly seed: number; readonly steps: number };
  /** How far PyTorch's own float32 run is from its float64 run, and one whose weights are off by 1e-6. */
  readonly float32: Readonly<Record<Figure, number>>;
  /** Of each step, in float64. */
  readonly losses: readonly Losses[];
}

const { cases } = readFigures("gan") as { readonly cases: readonly Case[] };
const gpu = useGpu();

function buildTrainer({ name, options }: Case, tensors: ReadonlyMap<string, StoredTensor>): GanTrainer {
  const trainer = new GanTrainer(gpu(), { ...defaultGanOptions, ...options }, new Random(options.seed));
  for (const [network, module] of Object.entries(trainer.networks)) {
    importWeights(module, under(`weights/${network}.`, tensors), `${name}: ${network}`);
  }
  return trainer;
}

/** The images of a step; they come round every two steps. */
function images(tensors: ReadonlyMap<string, StoredTensor>, step: number): Batch<"real"> {
  const name = `real/${step % 2}`;
  return { real: batchOf(tensors, name) };
}

/** The first images of the sample grid, as many as the fixture has. */
async function samples(trainer: GanTrainer, expected: Float32Array): Promise<Float32Array> {
  return (await trainer.visuals())["sample_0"]?.data.slice(0, expected.length) ?? new Float32Array();
}

function lossError(got: Losses | undefined, expected: Losses): number {
  return Math.max(...lossNames.map((name) => Math.abs((got?.[name] ?? Number.NaN) - expected[name]) / Math.abs(expected[name])));
}

describe.each(cases)("PyTorch, GAN, $name", (given) => {
  const { name, float32 } = given;
  const tensors = readTensors(`gan-${name}`);
  const losses: Losses[] = [];
  let before: Float32Array = new Float32Array();
  let trainer: GanTrainer;
  beforeAll(async () => {
    trainer = buildTrainer(given, tensors);
    before = await samples(trainer, valuesOf(tensors, "outputs"));
    await trainer.step(images(tensors, 0));
    losses.push(await trainer.losses());
  });
  afterAll(() => trainer.dispose());

  it("trains on the noise that the fixture was made with", () => {
    const expected = valuesOf(tensors, "noise/first");
    const [count = 0, nz = 0] = shapeOf(tensors, "noise/first");
    expect(drawNoise(new Random(given.options.seed).stream("z"), count, nz)).toEqual(expected);
  });

  it("makes the same images before the first step", async ({ annotate }) => {
    const error = largestDifference(before, valuesOf(tensors, "outputs"));
    const allowed = tolerance(float32.outputs, 1e-4);
    await annotate(report("output", error, allowed));
    expect(error).toBeLessThan(allowed);
  });

  it("has the same gradient of every parameter in the first step", async ({ annotate }) => {
    const expected = under("gradients/", tensors);
    const got = await exported({ ...trainer.networks }, ({ tensor }) => tensor.grad);
    expect([...got.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
    const errors = [...expected.keys()].map((key) => [key, l2Error(valuesOf(got, key), valuesOf(expected, key))] as const);
    const allowed = tolerance(float32.gradients, 1e-4);
    const [worst, error] = errors.reduce((a, b) => (a[1] >= b[1] ? a : b));
    await annotate(report(`gradient (${worst})`, error, allowed));
    for (const [key, value] of errors) expect(value, key).toBeLessThan(allowed);
  });

  it("has the same losses in every step", async ({ annotate }) => {
    for (let step = losses.length; step < given.losses.length; step++) {
      await trainer.step(images(tensors, step));
      losses.push(await trainer.losses());
    }
    const errors = given.losses.map((expected, step) => lossError(losses[step], expected));
    const [first = Number.NaN] = errors;
    const allowedFirst = tolerance(float32.firstLosses, 1e-5);
    const allowed = tolerance(Math.max(float32.losses, float32.perturbedLosses), 1e-3);
    await annotate(report("loss of the first step", first, allowedFirst));
    await annotate(report("loss of any step", Math.max(...errors), allowed));
    expect(first).toBeLessThan(allowedFirst);
    expect(Math.max(...errors)).toBeLessThan(allowed);
  });

  it("has the same running statistics after the last step, and makes images by them", async ({ annotate }) => {
    const expected = under("statistics/", tensors);
    const got = await exported({ ...trainer.networks }, ({ kind, tensor }) => (kind === "mean" || kind === "variance" ? tensor : undefined));
    const means = [...expected.keys()].filter((key) => !key.endsWith("num_batches_tracked"));
    expect([...got.keys()].toSorted()).toEqual(means.toSorted());
    const errors = means.map((key) => l2Error(valuesOf(got, key), valuesOf(expected, key)));
    const allowed = tolerance(Math.max(float32.statistics, float32.perturbedStatistics), 1e-3);
    await annotate(report("running statistic", Math.max(0, ...errors), allowed));
    for (const [index, error] of errors.entries()) expect(error, means[index]).toBeLessThan(allowed);
    const counts = [...expected.keys()].filter((key) => key.endsWith("num_batches_tracked"));
    const { tensors: state } = await trainer.state();
    for (const key of counts) expect(state.get(key.replace(".", "/"))?.values[0], key).toBe(valuesOf(expected, key)[0]);

    const used = valuesOf(tensors, "used");
    const error = largestDifference(await samples(trainer, used), used);
    const allowedUse = tolerance(Math.max(float32.use, float32.perturbedUse), 1e-3);
    await annotate(report("image after the last step", error, allowedUse));
    expect(error).toBeLessThan(allowedUse);
  });
});
