import { expect } from "vitest";
import { fromHalf, toHalf } from "../../src/dtype.js";
import { backward } from "../../src/tensor/autograd.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { Random } from "../../src/random.js";
import { sizeOf } from "../../src/shape.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { byVariant, onOtherAdapter, readGuarded, watchGuards } from "./device.js";
import { describeMisses, errorOf, worstOf, type Figures, type Pair } from "./figures.js";
import { dot, draw, indexAt, largest, map, type Values } from "./float64.js";
import type { ErrorCase, InputSpec, Named, OpCase, Sample } from "./op-case.js";

const SEED = 1;
/** 2⁻²³, the spacing of float32 at 1. */
const EPSILON = 2 ** -23;
/** 2⁻¹¹: the largest relative error of a value that is stored as float16. Below 2⁻¹⁴, it is 2⁻²⁵. */
const HALF_ROUNDING = 2 ** -11;
/** Times that a value may be stored on its way to an output or a gradient, apart from what the variants amplify. */
const HALF_STORES = 3;
/** Rounded operations that every op may have in addition to its `terms`: exp, division, the final store. */
const SLACK = 8;
/** The smallest gradient by which a tolerance is scaled. */
const SMALL_GRADIENT = 1e-3;
const RANDOM_DIRECTIONS = 2;
const SINGLE_ELEMENTS = 10;

/** The checks iterate over inputs by name, so they do not need the types of the names. */
export type AnyOp = OpCase<string, never, unknown>;
export type AnySample = Sample<string, never, unknown>;

export interface Problem {
  readonly gpu: Gpu;
  readonly op: AnyOp;
  readonly sample: AnySample;
  readonly inputs: Named<string, never, Values>;
  readonly dy: Values;
  readonly random: Random;
  /** Whether the inputs that are not parameters are float16 on the device. Default false. */
  readonly halves?: boolean;
  /** Called with the figures of every comparison, even if it fails. */
  readonly record: (figures: Figures) => void;
}

interface Result {
  readonly y: Float32Array;
  readonly requiresGrad: boolean;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** The checks of a sample, by the titles of their tests. A check throws if it fails. */
export const checks = {
  "computes the reference's values": checkForward,
  "has the gradients of central differences": checkGradients,
  "has the adjoint of a linear map": checkAdjoint,
  "computes only the needed gradients": checkSubsets,
  "adds to existing gradients": checkSums,
  "releases its memory": checkMemory,
  "writes nothing past the end of its scratch memory": checkScratch,
  "gives the same result as on the other kind of adapter": checkOtherAdapter,
  "computes the same with float16 as with the float32 of the same values": checkHalf,
  "gives the same result with every variant": checkVariants,
} as const satisfies Readonly<Record<string, (problem: Problem) => Promise<void>>>;

export type CheckName = keyof typeof checks;

/** The checks that apply to every sample of an op. The variants are not included, because the runner has a test for each. */
export function checksOf(op: AnyOp): CheckName[] {
  const names = Object.keys(checks) as CheckName[];
  return names.filter(
    (name) => (op.linear || name !== "has the adjoint of a linear map") && name !== "gives the same result with every variant",
  );
}

export function makeProblem(gpu: Gpu, op: AnyOp, sample: AnySample, record: (figures: Figures) => void): Problem {
  const random = new Random(SEED).stream(`${op.name} / ${sample.name}`);
  const inputs = mapNamed<InputSpec, Values>(sample.inputs, (name, { shape, draw: one }) =>
    draw(random.stream(name), shape, one),
  );
  const { shape } = op.reference(inputs, sample.attrs);
  return { gpu, op, sample, inputs, dy: draw(random.stream("dy"), shape), random, record };
}

/** Throws unless the call throws an error of the right class with the right message and releases its memory. */
export function checkError(gpu: Gpu, { name, call, error, message }: ErrorCase): void {
  const before = gpu.stats.liveBytes;
  {
    using _scope = gpu.scope(name);
    expect(() => call(gpu)).toThrow(error);
    expect(() => call(gpu)).toThrow(message);
  }
  expect(gpu.stats.liveBytes, `${name}: bytes held after the error`).toBe(before);
}

function mapNamed<From, To>(
  items: Readonly<Record<string, From>>,
  change: (name: string, item: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(items).map(([name, item]) => [name, change(name, item)]));
}

/** Runs the op on the device, and the gradient of ⟨dy, y⟩ for the inputs in `wanted`, summed over `times` runs. */
export async function runOnDevice(problem: Problem, wanted: readonly string[], times = 1): Promise<Result> {
  const { gpu, op, sample, inputs, dy } = problem;
  using _scope = gpu.scope(`${op.name} / ${sample.name}`);
  const upload = (name: string, { shape, data }: Values): Tensor => {
    const isHalf = problem.halves === true && !op.parameters?.includes(name) && name !== "dy";
    const tensor = Tensor.empty(gpu, shape, name, isHalf ? "float16" : "float32");
    tensor.write(Float32Array.from(data));
    return tensor;
  };
  const tensors = mapNamed(inputs, upload);
  for (const name of wanted) tensors[name]?.withGrad();
  const y = op.run(tensors, sample.attrs);
  expect(y.shape, `${op.name} / ${sample.name}: the output's shape`).toEqual(dy.shape);
  const { requiresGrad } = y;
  const loss = (of: Tensor): Tensor => sum(mul(of, upload("dy", dy)));
  if (requiresGrad) backward(loss(y));
  for (let more = 1; more < times; more++) backward(loss(op.run(tensors, sample.attrs)));
  const gradients = new Map<string, Float32Array>();
  for (const [name, { grad }] of Object.entries(tensors)) if (grad) gradients.set(name, await readGuarded(grad));
  return { y: await readGuarded(y), requiresGrad, gradients };
}

export function differentiable({ op, inputs }: Problem): string[] {
  return Object.keys(inputs).filter((name) => !op.constants?.includes(name));
}

function toleranceOf({ op, sample }: Problem, pass: Figures["pass"], scale: number): number {
  return EPSILON * (op.terms(sample.inputs, sample.attrs)[pass] + SLACK) * (sample.condition ?? 1) * scale;
}

/** Fails unless every pair is within its tolerance. The message names the op, the sample and the seed. */
function compare({ op, sample, record }: Problem, pass: Figures["pass"], pairs: readonly Pair[]): void {
  const worst = worstOf(pairs);
  if (worst) record({ pass, pairs: pairs.length, error: errorOf(worst), tolerance: worst.tolerance });
  const misses = describeMisses(`${op.name} / ${sample.name}, seed ${SEED}`, pairs);
  if (misses) expect.fail(misses);
}

/** Pairs each element of `got` with that of `expected`. */
function pairUp(name: string, got: Float32Array, expected: Values, tolerance: number): Pair[] {
  return Array.from(expected.data, (value, i) => {
    const where = `${name}[${indexAt(expected.shape, i).join(", ")}]`;
    return { where, got: got[i] ?? Number.NaN, expected: value, tolerance };
  });
}

async function checkForward(problem: Problem): Promise<void> {
  const { y } = await runOnDevice(problem, []);
  compareValues(problem, y);
}

function compareValues(problem: Problem, y: Float32Array, amplification = 1): void {
  const expected = problem.op.reference(problem.inputs, problem.sample.attrs);
  // Inputs are of order 1, and so are the terms of a sum, even if they cancel.
  const tolerance = toleranceOf(problem, "forward", amplification * Math.max(1, largest(expected.data)));
  compare(problem, "forward", pairUp("y", y, expected, tolerance));
}

const gradientTolerance = (problem: Problem, gradient: Float32Array): number =>
  toleranceOf(problem, "gradient", Math.max(SMALL_GRADIENT, largest(gradient)));

async function checkGradients(problem: Problem): Promise<void> {
  const names = differentiable(problem);
  const { gradients } = await runOnDevice(problem, names);
  for (const name of names) {
    const gradient = gradients.get(name);
    const input = problem.inputs[name];
    if (!gradient || !input) return expect.fail(`${problem.op.name}: no gradient of ${name}`);
    const tolerance = gradientTolerance(problem, gradient);
    const single = someElements(problem, name, gradient.length).map((offset): Pair => {
      const expected = slope(problem, name, map(input, (_, i) => (i === offset ? 1 : 0)));
      const where = `d${name}[${indexAt(input.shape, offset).join(", ")}]`;
      return { where, got: gradient[offset] ?? Number.NaN, expected, tolerance };
    });
    const directions = Array.from({ length: RANDOM_DIRECTIONS }, (_, count): Pair => {
      const direction = draw(problem.random.stream(`${name} ${count}`), input.shape);
      const length = Math.sqrt(dot(direction.data, direction.data));
      const where = `d${name} along random direction ${count}`;
      const expected = slope(problem, name, direction);
      return { where, got: dot(gradient, direction.data), expected, tolerance: tolerance * length * 2 };
    });
    compare(problem, "gradient", [...single, ...directions]);
  }
}

/** Offsets of the first, the last and some random elements. Of a small input, all elements. */
function someElements({ random }: Problem, name: string, size: number): number[] {
  if (size <= SINGLE_ELEMENTS) return Array.from({ length: size }, (_, i) => i);
  const picks = random.stream(`elements of ${name}`);
  return [0, size - 1, ...Array.from({ length: SINGLE_ELEMENTS - 2 }, () => picks.integer(size))];
}

/** The derivative of the reference's ⟨dy, y⟩ with respect to one input, along `direction`. */
function slope({ op, sample, inputs, dy }: Problem, name: string, direction: Values): number {
  const step = sample.step ?? 1e-5;
  const moved = (by: number): number => {
    const input = inputs[name] ?? direction;
    const there = map(input, (value, i) => value + by * (direction.data[i] ?? 0));
    return dot(op.reference({ ...inputs, [name]: there }, sample.attrs).data, dy.data);
  };
  return (moved(step) - moved(-step)) / (2 * step);
}

/** Checks ⟨dy, J x⟩ = ⟨Jᵀ dy, x⟩, with both sides computed by the device. */
async function checkAdjoint(problem: Problem): Promise<void> {
  const { op, inputs, dy } = problem;
  for (const name of op.linear ?? []) {
    const x = inputs[name];
    if (!x) continue;
    const { y, gradients } = await runOnDevice(problem, [name]);
    const { y: rest } = await runOnDevice({ ...problem, inputs: { ...inputs, [name]: map(x, () => 0) } }, []);
    const jx = Float64Array.from(y, (value, i) => value - (rest[i] ?? 0));
    const terms = jx.map((value, i) => Math.abs(value * (dy.data[i] ?? 0)));
    const tolerance = toleranceOf(problem, "forward", sizeOf(dy.shape) * Math.max(1, largest(terms)));
    const got = dot(gradients.get(name) ?? [], x.data);
    compare(problem, "gradient", [{ where: `⟨dy, J ${name}⟩`, got, expected: dot(dy.data, jx), tolerance }]);
  }
}

async function checkSubsets(problem: Problem): Promise<void> {
  const names = differentiable(problem);
  const all = await runOnDevice(problem, names);
  for (let subset = 0; subset < 2 ** names.length; subset++) {
    const wanted = names.filter((_, i) => (subset >> i) & 1);
    const { requiresGrad, gradients } = await runOnDevice(problem, wanted);
    const when = `${problem.op.name} / ${problem.sample.name}, gradients wanted of {${wanted.join(", ")}}`;
    expect(requiresGrad, `${when}: requiresGrad`).toBe(wanted.length > 0);
    expect([...gradients.keys()].sort(), `${when}: the gradients`).toEqual(wanted.toSorted());
    for (const name of wanted) expect(gradients.get(name), `${when}: d${name}`).toEqual(all.gradients.get(name));
  }
}

async function checkSums(problem: Problem): Promise<void> {
  await expectDoubled(problem);
  await onOtherAdapter(problem.gpu, () => expectDoubled(problem));
}

/** Checks that the same gradient added twice is exactly twice the gradient, for every kernel that adds. */
async function expectDoubled(problem: Problem): Promise<void> {
  const { op, sample } = problem;
  const names = differentiable(problem);
  const once = await runOnDevice(problem, names);
  const twice = await runOnDevice(problem, names, 2);
  for (const [name, gradient] of once.gradients) {
    const doubled = gradient.map((value) => 2 * value);
    expect(twice.gradients.get(name), `${op.name} / ${sample.name}: d${name}, twice`).toEqual(doubled);
  }
}

/** Also detects a gradient that is computed although it is not needed, because nothing releases it. */
async function checkMemory(problem: Problem): Promise<void> {
  const before = problem.gpu.stats.liveBytes;
  for (const wanted of [[], ...differentiable(problem).map((name) => [name])]) {
    await runOnDevice(problem, wanted);
    const when = `${problem.op.name} / ${problem.sample.name}, gradients wanted of {${wanted.join(", ")}}`;
    expect(problem.gpu.stats.liveBytes, `${when}: bytes still held`).toBe(before);
  }
}

async function checkScratch(problem: Problem): Promise<void> {
  await watchGuards(problem.gpu, () => runOnDevice(problem, differentiable(problem)));
}

/** Tiles and ranges depend on the kind of adapter. This runs those that would not be used on this one. */
async function checkOtherAdapter(problem: Problem): Promise<void> {
  const names = differentiable(problem);
  const here = await runOnDevice(problem, names);
  const there = await onOtherAdapter(problem.gpu, () => runOnDevice(problem, names));
  compareResults(problem, there, here);
}

/**
 * Stores what is not a parameter as float16, forward and backward, with every variant. All inputs and dy are rounded to float16
 * first, so that the same run in float32 differs only by what is rounded when it is stored.
 */
async function checkHalf(problem: Problem): Promise<void> {
  const { gpu, op, inputs } = problem;
  const names = differentiable(problem);
  if (!gpu.hasHalf || Object.keys(inputs).every((name) => op.parameters?.includes(name))) return;
  const rounded = (values: Values): Values => map(values, (value) => fromHalf(toHalf(value)));
  const same = { ...problem, inputs: mapNamed(inputs, (_, values) => rounded(values)), dy: rounded(problem.dy) };
  const inHalf = (): Promise<Result> => runOnDevice({ ...same, halves: true }, names);
  compareHalf(same, await inHalf(), await runOnDevice(same, names), 1);
  for (const [variant, amplification] of op.variants ?? []) {
    const there = await byVariant(gpu, variant, inHalf);
    const here = there && (await byVariant(gpu, variant, () => runOnDevice(same, names)));
    if (there && here) compareHalf(same, there, here, amplification);
  }
}

function compareHalf(problem: Problem, there: Result, here: Result, amplification: number): void {
  const compared = (pass: Figures["pass"], name: string, got: Float32Array, wanted: Float32Array, shape: readonly number[]): void => {
    const expected = { shape, data: Float64Array.from(wanted) };
    const tolerance = HALF_ROUNDING * HALF_STORES * amplification * Math.max(SMALL_GRADIENT, largest(expected.data));
    compare(problem, pass, pairUp(`${name} in float16`, got, expected, tolerance));
  };
  compared("forward", "y", there.y, here.y, problem.dy.shape);
  for (const [name, gradient] of there.gradients) {
    compared("gradient", `d${name}`, gradient, here.gradients.get(name) ?? gradient, problem.inputs[name]?.shape ?? []);
  }
}

/** Runs every variant that fits, even those that would not be used because the sample is too small. */
async function checkVariants(problem: Problem): Promise<void> {
  for (const name of problem.op.variants?.keys() ?? []) await checkVariant(problem, name);
}

/** Checks one variant. Returns false if it does not fit the sample on this device. */
export async function checkVariant(problem: Problem, variant: string): Promise<boolean> {
  const names = differentiable(problem);
  const there = await byVariant(problem.gpu, variant, () => runOnDevice(problem, names));
  if (!there) return false;
  compareResults(problem, there, await runOnDevice(problem, names), problem.op.variants?.get(variant));
  await byVariant(problem.gpu, variant, () => expectDoubled(problem));
  return true;
}

/** Fails unless `there` has the reference's values and the gradients of `here`. Another check tests those of `here`. */
function compareResults(problem: Problem, there: Result, here: Result, amplification = 1): void {
  compareValues(problem, there.y, amplification);
  for (const [name, gradient] of there.gradients) {
    const tolerance = (1 + amplification) * gradientTolerance(problem, gradient);
    const data = Float64Array.from(here.gradients.get(name) ?? []);
    const expected = { shape: problem.inputs[name]?.shape ?? [], data };
    compare(problem, "gradient", pairUp(`d${name}`, gradient, expected, tolerance));
  }
}
