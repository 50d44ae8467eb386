/** The gradient penalty and its gradients against PyTorch's double backward: test/reference/penalty.py made the expected values. */
import { describe, expect, it } from "vitest";
import { importWeights, exportWeights, type WeightParameter } from "../../src/io/weights.js";
import type { Network } from "../../src/models/networks/build.js";
import { buildDiscriminator, type DiscriminatorOptions } from "../../src/models/networks/patch-gan.js";
import { GradientPenalty } from "../../src/models/parts/gradient-penalty.js";
import { releaseModule } from "../../src/nn/module.js";
import { Random } from "../../src/random.js";
import { backward } from "../../src/tensor/autograd.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";
import { l2Error, readFigures, readTensors, report, shapeOf, tolerance, under, valuesOf } from "./fixture.js";

interface Case {
  readonly name: string;
  readonly seed: number;
  readonly options: DiscriminatorOptions;
  readonly penalty: number;
  /** How far PyTorch's own float32 is from its float64. */
  readonly float32: Readonly<Record<"penalty" | "gradients", number>>;
}

const { cases } = readFigures("penalty") as { readonly cases: readonly Case[] };
const fixture = readTensors("penalty");
const gpu = useGpu();

/** The penalty, and the gradients that there are, in PyTorch's names and order of axes. */
async function penalise({ name, seed }: Case, critic: Network) {
  const tensors = under(`${name}/`, fixture);
  importWeights(critic, under("weights/", tensors), name);
  const random = new Random(seed).stream("gradient penalty");
  const penalty = (() => {
    using scope = gpu().scope("penalty");
    const [real, fake] = ["real", "fake"].map((image) => Tensor.from(gpu(), shapeOf(tensors, image), valuesOf(tensors, image)));
    if (!real || !fake) throw new Error("two images");
    const loss = new GradientPenalty(random).of(critic, real, fake);
    backward(loss);
    return scope.keep(loss);
  })();
  const found = new Map<string, WeightParameter>();
  for (const [parameter, { kind, tensor }] of critic.parameters()) if (tensor.grad) found.set(parameter, { kind, tensor: tensor.grad });
  const gradients = await exportWeights({ parameters: () => found });
  const value = await penalty.item();
  penalty.release();
  return { value, gradients };
}

describe.each(cases)("PyTorch, gradient penalty, $name", (given) => {
  it("has the same value and the same gradient of every parameter", async ({ annotate }) => {
    const critic = buildDiscriminator(gpu(), given.options);
    const { value, gradients } = await penalise(given, critic);
    const error = Math.abs(value - given.penalty) / given.penalty;
    await annotate(report("penalty", error, tolerance(given.float32.penalty, 1e-4)));
    expect(error).toBeLessThan(tolerance(given.float32.penalty, 1e-4));

    const expected = under(`${given.name}/gradients/`, fixture);
    const errors = [...expected.keys()].map((key) => [key, l2Error(valuesOf(gradients, key), valuesOf(expected, key))] as const);
    const allowed = tolerance(given.float32.gradients, 1e-4);
    const [worst, most] = errors.reduce((a, b) => (a[1] >= b[1] ? a : b));
    await annotate(report(`gradient (${worst})`, most, allowed));
    for (const [key, one] of errors) expect(one, key).toBeLessThan(allowed);
    // The penalty does not depend on the others, such as the last bias.
    expect([...gradients.keys()].filter((key) => !expected.has(key))).toEqual([]);
    releaseModule(critic);
  });
});
