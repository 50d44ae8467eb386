/** CUT and FastCUT against PyTorch: test/reference/cut.py made the expected values. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageBatch } from "../../src/data/image.js";
import type { StoredTensor } from "../../src/io/safetensors.js";
import { importWeights } from "../../src/io/weights.js";
import { defaultCutOptions, lossNames, type LossName, type CutOptions } from "../../src/models/cut/options.js";
import { CutTrainer } from "../../src/models/cut/trainer.js";
import { Random } from "../../src/random.js";
import { useGpu } from "../support/device.js";
import { batchOf, exported, l2Error, largestDifference, readFigures, readTensors, report, tolerance, under, valuesOf } from "./fixture.js";

type Losses = Readonly<Record<LossName, number>>;
type Figure = "outputs" | "gradients" | "firstLosses" | "losses" | "use" | "perturbedLosses" | "perturbedUse";

interface Case {
  readonly name: string;
  readonly options: Partial<CutOptions> & { readonly seed: number; readonly steps: number };
  /** How far PyTorch's own float32 run is from its float64 run, and one whose weights are off by 1e-6. */
  readonly float32: Readonly<Record<Figure, number>>;
  /** Of each step, in float64. */
  readonly losses: readonly Losses[];
}

const { cases } = readFigures("cut") as { readonly cases: readonly Case[] };
const gpu = useGpu();

function buildTrainer({ name, options }: Case, tensors: ReadonlyMap<string, StoredTensor>): CutTrainer {
  const trainer = new CutTrainer(gpu(), { ...defaultCutOptions, ...options }, new Random(options.seed));
  for (const [network, module] of Object.entries(trainer.networks)) {
    importWeights(module, under(`weights/${network}.`, tensors), `${name}: ${network}`);
  }
  return trainer;
}

/** The images of a step; they come round every two steps. */
function images(tensors: ReadonlyMap<string, StoredTensor>, step: number): Readonly<Record<"A" | "B", ImageBatch>> {
  return { A: batchOf(tensors, `real_A/${step % 2}`), B: batchOf(tensors, `real_B/${step % 2}`) };
}

function lossError(got: Losses | undefined, expected: Losses): number {
  // FastCUT has no loss of that name: both are 0.
  const errors = lossNames.map((name) => Math.abs((got?.[name] ?? Number.NaN) - expected[name]) / (Math.abs(expected[name]) || 1));
  return Math.max(...errors);
}

describe.each(cases)("PyTorch, CUT, $name", (given) => {
  const { name, float32 } = given;
  const tensors = readTensors(`cut-${name}`);
  const losses: Losses[] = [];
  let fake: Float32Array = new Float32Array();
  let trainer: CutTrainer;
  beforeAll(async () => {
    trainer = buildTrainer(given, tensors);
    await trainer.step(images(tensors, 0));
    losses.push(await trainer.losses());
    const { fake_B, idt_B } = await trainer.visuals();
    fake = Float32Array.of(...(fake_B?.data ?? []), ...(idt_B?.data ?? []));
  });
  afterAll(() => trainer.dispose());

  it("translates images as they are, or mirrored", async ({ annotate }) => {
    const error = largestDifference(fake, valuesOf(tensors, "outputs/fake"));
    const allowed = tolerance(float32.outputs, 1e-4);
    await annotate(report("output", error, allowed));
    expect(error).toBeLessThan(allowed);
  });

  it("has the same gradient of every parameter in the first step", async ({ annotate }) => {
    const expected = under("gradients/", tensors);
    const got = await exported({ ...trainer.networks }, ({ tensor }) => tensor.grad);
    // The fixture leaves out biases that an instance norm subtracts again before they are compared, as the trainer does.
    expect([...got.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
    const errors = [...expected.keys()].map((key) => [key, l2Error(valuesOf(got, key), valuesOf(expected, key))] as const);
    // The gradient of a bias whose convolution is compared is a sum over all places that nearly cancel: PyTorch's own float32 is off
    // by up to 6.3e-5 there, so that an error of five times that is one of rounding.
    const allowed = tolerance(float32.gradients, 3e-4);
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

  it("translates in the same way after the last step", async ({ annotate }) => {
    const shown = (await trainer.show(images(tensors, 0)))["fake_B"]?.data ?? new Float32Array();
    const error = largestDifference(shown, valuesOf(tensors, "used/fake_B"));
    const allowed = tolerance(Math.max(float32.use, float32.perturbedUse), 1e-3);
    await annotate(report("translation after the last step", error, allowed));
    expect(error).toBeLessThan(allowed);
  });
});
