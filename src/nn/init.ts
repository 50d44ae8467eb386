import { checkNumber } from "../check-number.js";
import { UsageError } from "../errors.js";
import type { Random } from "../random.js";
import { sizeOf } from "../shape.js";
import type { Parameter, ParameterSet } from "./module.js";

export const initTypes = ["normal", "xavier", "kaiming", "orthogonal"] as const;
export type InitType = (typeof initTypes)[number];

/**
 * Fills every kernel and every weight of a linear layer by `type`, every bias with 0, every weight of a batch norm with N(1, gain²),
 * and every direction with a random vector of length 1. Running statistics start at a mean of 0 and a variance of 1. Fixed filters
 * get their values.
 *
 * normal: N(0, gain²). xavier: N(0, gain² · 2 / (fanIn + fanOut)). kaiming: N(0, 2 / fanIn), gain unused. orthogonal:
 * gain times a matrix [out, rest] with orthonormal rows or columns, whichever are fewer. Each parameter draws from a random
 * stream of the same name. Source: the reference's init_weights and PyTorch's torch.nn.init. Fans are PyTorch's, which counts
 * the output channels of a transposed convolution as fanIn. Throws UsageError for another type, or a gain that is not above 0.
 */
export function initialise(module: ParameterSet, type: InitType, gain: number, random: Random): void {
  if (!initTypes.includes(type)) throw new UsageError(`initialise: expected a type among ${initTypes.join(", ")}, got "${type}".`);
  checkNumber("initialise", "gain", gain, { above: 0 });
  for (const [name, parameter] of module.parameters()) {
    const { tensor, kind, fixed } = parameter;
    if (tensor.gpu.isRehearsal) continue;
    const draws = random.stream(name);
    if (fixed) tensor.write(fixed);
    else if (kind === "vector" || kind === "mean" || kind === "count") tensor.write(new Float32Array(tensor.size));
    else if (kind === "variance") tensor.write(new Float32Array(tensor.size).fill(1));
    else if (kind === "direction") tensor.write(direction(draws, tensor.size));
    else if (kind === "scale") tensor.write(normal(draws, tensor.size, gain, 1));
    else tensor.write(initialKernel(parameter, type, gain, draws));
  }
}

function initialKernel({ tensor }: Parameter, type: InitType, gain: number, random: Random): Float32Array {
  const [outer = 1, inner = 1, ...taps] = tensor.shape.toReversed();
  const fanIn = sizeOf(taps) * inner;
  if (type === "orthogonal") return orthogonal(outer, fanIn, gain, random);
  const fanOut = sizeOf(taps) * outer;
  const deviations = { normal: gain, xavier: gain * Math.sqrt(2 / (fanIn + fanOut)), kaiming: Math.sqrt(2 / fanIn) };
  return normal(random, tensor.size, deviations[type], 0);
}

function direction(random: Random, size: number): Float32Array {
  const values = random.normals(size);
  const norm = Math.sqrt(dot(values, values));
  return Float32Array.from(values, (value) => value / norm);
}

function normal(random: Random, size: number, deviation: number, mean: number): Float32Array {
  const values = new Float32Array(size);
  random.fillNormal(values, deviation, mean);
  return values;
}

/** The last axis of a weight is the row of PyTorch's matrix [rows, columns]: element (r, c) is at c · rows + r. */
function orthogonal(rows: number, columns: number, gain: number, random: Random): Float32Array {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors = Array.from({ length: count }, () => random.normals(length));
  for (const [index, vector] of vectors.entries()) {
    for (const earlier of vectors.slice(0, index)) addScaled(vector, earlier, -dot(vector, earlier));
    const norm = Math.sqrt(dot(vector, vector));
    for (let i = 0; i < length; i++) vector[i] = (vector[i] ?? 0) / norm;
  }
  const weight = new Float32Array(rows * columns);
  for (const [index, vector] of vectors.entries()) {
    for (const [i, value] of vector.entries()) {
      weight[rows <= columns ? i * rows + index : index * rows + i] = gain * value;
    }
  }
  return weight;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, alpha: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) + alpha * (source[i] ?? 0);
}
