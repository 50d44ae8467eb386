/** pix2pix against PyTorch, with dropout and running statistics: test/reference/pix2pix.py made the expected values. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageBatch } from "../../src/data/image.js";
import type { StoredTensor } from "../../src/io/safetensors.js";
import { importWeights } from "../../src/io/weights.js";
import { defaultPix2PixOptions, type LossName, type Pix2PixOptions } from "../../src/models/pix2pix/options.js";
import { Pix2PixTrainer } from "../../src/models/pix2pix/trainer.js";
import { Random } from "../../src/random.js";
import { useGpu } from "../support/device.js";
import { batchOf, exported, l2Error, largestDifference, readFigures, readTensors, report, tolerance, under, valuesOf } from "./fixture.js";

type Losses = Readonly<Record<LossName, number>>;

/** Of each step, in float64. With wgangp they include the penalty. */
type Expected = Losses & { readonly D_gp?: number };
type Figure =
  | "outputs" | "gradients" | "firstLosses" | "losses" | "statistics" | "use" | "perturbedLosses" | "perturbedStatistics" | "perturbedUse";

interface Case {
  readonly name: string;
  readonly options: Partial<Pix2PixOptions> & { readonly seed: number; readonly steps: number };
  /** How far PyTorch's own float32 run is from its float64 run, and one whose weights are off by 1e-6. */
  readonly float32: Readonly<Record<Figure, number>>;
  readonly losses: readonly Expected[];
}

const { cases } = readFigures("pix2pix") as { readonly cases: readonly Case[] };
const gpu = useGpu();

function buildTrainer({ name, options }: Case, tensors: ReadonlyMap<string, StoredTensor>): Pix2PixTrainer {
  const trainer = new Pix2PixTrainer(gpu(), { ...defaultPix2PixOptions, ...options }, new Random(options.seed));
  for (const [network, module] of Object.entries(trainer.networks)) {
    importWeights(module, under(`weights/${network}.`, tensors), `${name}: ${network}`);
  }
  return trainer;
}

/** The images of a step; they come round every two steps. */
function images(tensors: ReadonlyMap<string, StoredTensor>, step: number): Readonly<Record<"A" | "B", ImageBatch>> {
  return { A: batchOf(tensors, `real_A/${step % 2}`), B: batchOf(tensors, `real_B/${step % 2}`) };
}

function lossError(got: Readonly<Record<string, number>> | undefined, expected: Expected): number {
  return Math.max(...Object.entries(expected).map(([name, value]) => Math.abs((got?.[name] ?? Number.NaN) - value) / Math.abs(value)));
}

describe.each(cases)("PyTorch, pix2pix, $name", (given) => {
  const { name, float32 } = given;
  const tensors = readTensors(`pix2pix-${name}`);
  const losses: Losses[] = [];
  let fake: Float32Array = new Float32Array();
  let trainer: Pix2PixTrainer;
  beforeAll(async () => {
    trainer = buildTrainer(given, tensors);
    await trainer.step(images(tensors, 0));
    losses.push(await trainer.losses());
    fake = (await trainer.visuals())["fake_B"]?.data ?? fake;
  });
  afterAll(() => trainer.dispose());

  it("has the same translation in training, with the same dropout", async ({ annotate }) => {
    const error = largestDifference(fake, valuesOf(tensors, "outputs/fake_B"));
    const allowed = tolerance(float32.outputs, 1e-4);
    await annotate(report("output", error, allowed));
    expect(error).toBeLessThan(allowed);
  });

  it("has the same gradient of every parameter in the first step", async ({ annotate }) => {
    const expected = under("gradients/", tensors);
    const got = await exported({ ...trainer.networks }, ({ tensor }) => tensor.grad);
    // The fixture leaves out biases in front of an instance norm, which subtracts them again, as the trainer does.
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

  it("has the same running statistics after the last step, and translates by them", async ({ annotate }) => {
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

    const shown = (await trainer.show(images(tensors, 0)))["fake_B"]?.data ?? new Float32Array();
    const error = largestDifference(shown, valuesOf(tensors, "used/fake_B"));
    const allowedUse = tolerance(Math.max(float32.use, float32.perturbedUse), 1e-3);
    await annotate(report("translation after the last step", error, allowedUse));
    expect(error).toBeLessThan(allowedUse);
  });
});
