import { afterAll, describe, expect, it } from "vitest";
import { backward } from "../../src/autograd.js";
import { env } from "../../src/env.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { mul } from "../../src/ops/mul.js";
import { sum } from "../../src/ops/sum.js";
import { Random } from "../../src/random.js";
import { sizeOf } from "../../src/shape.js";
import { Tensor } from "../../src/tensor.js";
import { readGuarded } from "./device.js";
import { dot, draw, indexAt, largest, map, type Values } from "./float64.js";
import type { InputSpec, Named, OpCase, Sample } from "./op-case.js";

/** 2⁻²³, the spacing of float32 at 1. */
const EPSILON = 2 ** -23;
/** Rounded operations that every op is granted beside those it counts: exp, division, the final store. */
const SLACK = 8;
/** Below this a gradient counts as 0 when tolerances are scaled by it. */
const SMALL_GRADIENT = 1e-3;
const RANDOM_DIRECTIONS = 2;
const SINGLE_ELEMENTS = 10;

type AnyInputs = Named<string, never, Values>;
type AnySample = Sample<string, never, unknown>;
type AnyOp = OpCase<string, never, unknown>;

interface Problem {
  readonly gpu: Gpu;
  readonly op: AnyOp;
  readonly sample: AnySample;
  readonly inputs: AnyInputs;
  readonly dy: Values;
  readonly random: Random;
}

interface Result {
  readonly y: Float32Array;
  readonly requiresGrad: boolean;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** Largest error so far of each op, as a share of its tolerance. */
const worst = new Map<string, number>();

/**
 * Declares the tests of an op: for every sample values, gradients, linearity, subsets and memory; then its errors.
 * `gpu`: a guarded device, see `useGpu`.
 */
export function testOp<Name extends string, Optional extends string, Attrs>(
  gpu: () => Gpu,
  op: OpCase<Name, Optional, Attrs>,
): void {
  // The checks walk over inputs by name; only the op's own table needs to know which names there are.
  const anyOp = op as unknown as AnyOp;
  describe.each(anyOp.samples)(`${op.name}: $name`, (sample) => {
    const problem = (): Problem => makeProblem(gpu(), anyOp, sample);
    it("computes the reference's values", () => checkForward(problem()));
    it("has the gradients of central differences", () => checkGradients(problem()));
    if (op.linear) it("has the adjoint of a linear map", () => checkAdjoint(problem()));
    it("computes the needed gradients alone", () => checkSubsets(problem()));
    it("gives its memory back", () => checkMemory(problem()));
  });
  if (op.errors) {
    it.each(op.errors)(`${op.name} rejects $name`, ({ call, error, message }) => {
      using scope = gpu().scope(op.name);
      expect(scope.name).toBe(op.name);
      expect(() => call(gpu())).toThrow(error);
      expect(() => call(gpu())).toThrow(message);
    });
  }
  afterAll(() => {
    if (env.debug < 1) return;
    const share = worst.get(op.name)?.toFixed(3) ?? "none";
    console.log(`${op.name}: ${op.samples.length} samples, worst error as a share of its tolerance: ${share}`);
  });
}

function makeProblem(gpu: Gpu, op: AnyOp, sample: AnySample): Problem {
  const random = new Random(1).stream(`${op.name} / ${sample.name}`);
  const inputs = mapNamed<InputSpec, Values>(sample.inputs, (name, { shape, draw: one }) =>
    draw(random.stream(name), shape, one),
  );
  const { shape } = op.reference(inputs, sample.attrs);
  return { gpu, op, sample, inputs, dy: draw(random.stream("dy"), shape), random };
}

function mapNamed<From, To>(
  items: Readonly<Record<string, From>>,
  change: (name: string, item: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(items).map(([name, item]) => [name, change(name, item)]));
}

/** Runs the op on the device, and the gradient of ⟨dy, y⟩ with respect to the inputs in `wanted`. */
async function runOnDevice({ gpu, op, sample, inputs, dy }: Problem, wanted: readonly string[]): Promise<Result> {
  using scope = gpu.scope(`${op.name} / ${sample.name}`);
  expect(scope.name).toContain(op.name);
  const upload = (name: string, { shape, data }: Values): Tensor =>
    Tensor.from(gpu, shape, Float32Array.from(data), name);
  const tensors = mapNamed(inputs, upload);
  for (const name of wanted) tensors[name]?.withGrad();
  const y = op.run(tensors, sample.attrs);
  expect(y.shape).toEqual(dy.shape);
  const { requiresGrad } = y;
  if (requiresGrad) backward(sum(mul(y, upload("dy", dy))));
  const gradients = new Map<string, Float32Array>();
  for (const [name, { grad }] of Object.entries(tensors)) if (grad) gradients.set(name, await readGuarded(grad));
  return { y: await readGuarded(y), requiresGrad, gradients };
}

function differentiable({ op, inputs }: Problem): string[] {
  return Object.keys(inputs).filter((name) => !op.constants?.includes(name));
}

function toleranceOf({ op, sample }: Problem, pass: "forward" | "gradient", scale: number): number {
  return EPSILON * (op.terms(sample.inputs, sample.attrs)[pass] + SLACK) * (sample.condition ?? 1) * scale;
}

/** Fails, saying what and where, unless `got` is within `tolerance` of `expected`. */
function compare({ op, sample }: Problem, where: string, got: number, expected: number, tolerance: number): void {
  const error = Math.abs(got - expected);
  // A tolerance scaled by an infinite gradient would allow everything.
  if (!(error <= tolerance && Number.isFinite(tolerance))) {
    const wanted = `${expected} ± ${tolerance.toExponential(1)}`;
    expect.fail(`${op.name} / ${sample.name}, ${where}: expected ${wanted}, got ${got}`);
  }
  if (tolerance > 0) worst.set(op.name, Math.max(worst.get(op.name) ?? 0, error / tolerance));
}

async function checkForward(problem: Problem): Promise<void> {
  const { op, sample, inputs } = problem;
  const { y } = await runOnDevice(problem, []);
  const expected = op.reference(inputs, sample.attrs);
  // Inputs are of order 1, and so are the terms of a sum that cancels.
  const tolerance = toleranceOf(problem, "forward", Math.max(1, largest(expected.data)));
  const errors = expected.data.map((value, i) => Math.abs((y[i] ?? Number.NaN) - value));
  const notNumber = errors.findIndex(Number.isNaN);
  const place = notNumber >= 0 ? notNumber : errors.indexOf(Math.max(...errors));
  const where = `worst of ${y.length}, y[${indexAt(expected.shape, place).join(", ")}]`;
  compare(problem, where, y[place] ?? Number.NaN, expected.data[place] ?? Number.NaN, tolerance);
}

async function checkGradients(problem: Problem): Promise<void> {
  const names = differentiable(problem);
  const { gradients } = await runOnDevice(problem, names);
  for (const name of names) {
    const gradient = gradients.get(name);
    const input = problem.inputs[name];
    if (!gradient || !input) return expect.fail(`${problem.op.name}: no gradient of ${name}`);
    const tolerance = toleranceOf(problem, "gradient", Math.max(SMALL_GRADIENT, largest(gradient)));
    for (const offset of someElements(problem, name, gradient.length)) {
      const expected = slope(problem, name, map(input, (_, i) => (i === offset ? 1 : 0)));
      const where = `d${name}[${indexAt(input.shape, offset).join(", ")}]`;
      compare(problem, where, gradient[offset] ?? Number.NaN, expected, tolerance);
    }
    for (let count = 0; count < RANDOM_DIRECTIONS; count++) {
      const direction = draw(problem.random.stream(`${name} ${count}`), input.shape);
      const length = Math.sqrt(dot(direction.data, direction.data));
      const along = `d${name} along random direction ${count}`;
      compare(problem, along, dot(gradient, direction.data), slope(problem, name, direction), tolerance * length * 2);
    }
  }
}

/** The first, the last and some elements between: all of a small input. */
function someElements({ random }: Problem, name: string, size: number): number[] {
  if (size <= SINGLE_ELEMENTS) return Array.from({ length: size }, (_, i) => i);
  const picks = random.stream(`elements of ${name}`);
  return [0, size - 1, ...Array.from({ length: SINGLE_ELEMENTS - 2 }, () => picks.integer(size))];
}

/** The derivative of the reference's ⟨dy, y⟩ as one input moves along `direction`. */
function slope({ op, sample, inputs, dy }: Problem, name: string, direction: Values): number {
  const step = sample.step ?? 1e-5;
  const moved = (by: number): number => {
    const input = inputs[name] ?? direction;
    const there = map(input, (value, i) => value + by * (direction.data[i] ?? 0));
    return dot(op.reference({ ...inputs, [name]: there }, sample.attrs).data, dy.data);
  };
  return (moved(step) - moved(-step)) / (2 * step);
}

/** ⟨dy, J x⟩ = ⟨Jᵀ dy, x⟩, both sides from the device. */
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
    compare(problem, `⟨dy, J ${name}⟩`, dot(gradients.get(name) ?? [], x.data), dot(dy.data, jx), tolerance);
  }
}

async function checkSubsets(problem: Problem): Promise<void> {
  const names = differentiable(problem);
  const all = await runOnDevice(problem, names);
  for (let subset = 0; subset < 2 ** names.length; subset++) {
    const wanted = names.filter((_, i) => (subset >> i) & 1);
    const { requiresGrad, gradients } = await runOnDevice(problem, wanted);
    expect(requiresGrad).toBe(wanted.length > 0);
    expect([...gradients.keys()].sort()).toEqual(wanted.toSorted());
    for (const name of wanted) expect(gradients.get(name)).toEqual(all.gradients.get(name));
  }
}

/** A gradient that is computed though unneeded has no owner, and shows here as well. */
async function checkMemory(problem: Problem): Promise<void> {
  const before = problem.gpu.stats.liveBytes;
  for (const wanted of [[], ...differentiable(problem).map((name) => [name])]) {
    await runOnDevice(problem, wanted);
    expect(problem.gpu.stats.liveBytes).toBe(before);
  }
}
