/** `gradCheck`: compares gradients with finite differences. */
import { backward } from "./tensor/autograd.js";
import { ShapeError } from "./errors.js";
import { noGrad } from "./tensor/grad-mode.js";
import { mul } from "./ops/elementwise/mul.js";
import { sum } from "./ops/reduce/sum.js";
import { Random } from "./random.js";
import { formatShape } from "./shape.js";
import { Tensor } from "./tensor/tensor.js";

export interface GradCheckOptions {
  /** Random directions for each input, default 4. */
  readonly directions?: number;
  /** Seed of the directions, default 0. */
  readonly seed?: number;
  /** Step of the finite differences, in units of the inputs, default 1e-2. */
  readonly step?: number;
}

/** One directional derivative of one input. */
export interface GradCheckEntry {
  /** Position of the input among those that require grad. */
  readonly input: number;
  readonly shape: readonly number[];
  /** The derivative from `backward`. */
  readonly analytic: number;
  /** The derivative from central differences. */
  readonly numeric: number;
  readonly error: number;
  readonly tolerance: number;
  /** `kink`: the two steps disagree, because a point without a derivative is between them. The gradient is not judged. */
  readonly verdict: "ok" | "kink" | "wrong";
}

export interface GradCheckReport {
  /** True if no entry is wrong and not all are kinks. */
  readonly ok: boolean;
  readonly entries: readonly GradCheckEntry[];
  /** The entries as a table. */
  toString(): string;
}

/** Unit roundoff of float32. */
const ROUNDOFF = 2 ** -24;
/** How many roundings of an output value a kernel may make. */
const ROUNDINGS = 16;

/**
 * Compares the gradients of `fn` with central differences computed on the device, along random directions.
 *
 * L(x) = Σ fn(x)·r with a fixed random r. For a random direction d with standard normal entries, ⟨∇L, d⟩ is compared with
 * D(h) = (L(x + h·d) − L(x − h·d)) / 2h at h = step / 2. Outputs are read back and summed in float64, so the only errors of an
 * evaluation are the roundings of outputs and inputs. With u = 2⁻²⁴ and 16 roundings for an output, R = 16·u·‖fn(x)∘r‖ +
 * u·‖∇L∘x‖ bounds that error, and R / h bounds the rounding of D. The truncation error is proportional to h², so
 * |D(2h) − D(h)| is three times its size at h. The tolerance is 2·R / h + |D(2h) − D(h)|. If the second part is larger than
 * rounding explains and above a tenth of ‖∇L∘d‖, the entry is a kink instead.
 *
 * `fn` must return the same for the same inputs. Inputs without `withGrad()` stay constant. Throws ShapeError when no input
 * requires grad.
 */
export async function gradCheck(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: GradCheckOptions = {},
): Promise<GradCheckReport> {
  const { directions = 4, seed = 0, step = 1e-2 } = options;
  const checked = inputs.filter((input) => input.requiresGrad);
  if (checked.length === 0) throw new ShapeError("gradCheck: expected an input that requires grad, got none. Use withGrad().");
  const random = new Random(seed);
  const weights = analyticGradients(fn, inputs, random.stream("weights"));
  const entries: GradCheckEntry[] = [];
  for (const [index, input] of checked.entries()) {
    const gradient = (await input.grad?.data()) ?? new Float32Array(input.size);
    for (let count = 0; count < directions; count++) {
      const direction = normals(input.size, random.stream(`direction ${index} ${count}`));
      const evaluate = (h: number): Promise<Evaluation> => evaluateAt(fn, inputs, input, direction, h, weights);
      entries.push(await compare(index, input, gradient, direction, evaluate, step));
    }
    input.zeroGrad();
  }
  const ok = entries.every(({ verdict }) => verdict !== "wrong") && entries.some(({ verdict }) => verdict === "ok");
  return { ok, entries, toString: () => formatReport(entries) };
}

/** L, and the size of its rounding error. */
interface Evaluation {
  readonly value: number;
  readonly rounding: number;
}

/** Leaves ∇L in the inputs' `grad`, and returns r. */
function analyticGradients(fn: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[], random: Random): Float32Array {
  for (const input of inputs) input.zeroGrad();
  using _scope = inputs[0]?.gpu.scope("gradCheck");
  const y = fn(...inputs);
  const weights = normals(y.size, random);
  backward(sum(mul(y, Tensor.from(y.gpu, y.shape, weights))));
  return weights;
}

/** A handle on fn(x) that no scope tracks. */
function outputOf(fn: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]): Tensor {
  using _scope = inputs[0]?.gpu.scope("gradCheck");
  return noGrad(() => fn(...inputs)).alias();
}

async function evaluateAt(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  input: Tensor,
  direction: Float32Array,
  h: number,
  weights: Float32Array,
): Promise<Evaluation> {
  const original = await input.data();
  input.write(original.map((value, i) => value + h * (direction[i] ?? 0)));
  using output = outputOf(fn, inputs);
  const y = await output.data();
  input.write(original);
  let value = 0;
  let squares = 0;
  for (const [i, output] of y.entries()) {
    const term = output * (weights[i] ?? 0);
    value += term;
    squares += term * term;
  }
  return { value, rounding: ROUNDINGS * ROUNDOFF * Math.sqrt(squares) };
}

async function compare(
  index: number,
  input: Tensor,
  gradient: Float32Array,
  direction: Float32Array,
  evaluate: (h: number) => Promise<Evaluation>,
  step: number,
): Promise<GradCheckEntry> {
  const analytic = gradient.reduce((total, value, i) => total + value * (direction[i] ?? 0), 0);
  const difference = async (h: number): Promise<Evaluation> => {
    const [above, below] = [await evaluate(h), await evaluate(-h)];
    return { value: (above.value - below.value) / (2 * h), rounding: (above.rounding + below.rounding) / (2 * h) };
  };
  const [wide, narrow] = [await difference(step), await difference(step / 2)];
  const truncation = Math.abs(wide.value - narrow.value);
  const error = Math.abs(analytic - narrow.value);
  const inputRounding = (2 * ROUNDOFF * normOfProduct(gradient, await input.data())) / step;
  const rounding = 2 * (narrow.rounding + inputRounding);
  const tolerance = rounding + truncation;
  const kinked = truncation > 0.1 * normOfProduct(gradient, direction) + 2 * rounding;
  const verdict = kinked ? "kink" : error <= tolerance ? "ok" : "wrong";
  return { input: index, shape: input.shape, analytic, numeric: narrow.value, error, tolerance, verdict };
}

function normOfProduct(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((total, value, i) => total + (value * (b[i] ?? 0)) ** 2, 0));
}

function normals(size: number, random: Random): Float32Array {
  return Float32Array.from({ length: size }, () => random.normal());
}

function formatReport(entries: readonly GradCheckEntry[]): string {
  const rows = entries.map(({ input, shape, analytic, numeric, error, tolerance, verdict }) =>
    [`input ${input} ${formatShape(shape)}`, analytic.toExponential(6), numeric.toExponential(6), error.toExponential(1), tolerance.toExponential(1), verdict].join("  "),
  );
  return ["input  analytic  numeric  error  tolerance  verdict", ...rows].join("\n");
}
