/** Converts a module's parameters to named tensors with PyTorch's names and order of axes, and back. */
import { CheckpointError } from "../errors.js";
import { compareShapes, explainDifferences } from "./differences.js";
import { loadFloat32, storeFloat32 } from "./safetensors.js";
import type { StoredTensor } from "./safetensors.js";

/**
 * The part of a parameter that this file needs. A kernel is [kh, kw, p, q] in memory and [q, p, kh, kw] in a file, a linear
 * weight [in, out] in memory and [out, in] in a file. A direction is [c] or [kh, kw, in] in memory and [c] or [in · kh · kw] in a file.
 * A count is [1] in memory and an int64 scalar in a file.
 */
export interface WeightParameter {
  readonly kind: "conv" | "convTranspose" | "linear" | "vector" | "scale" | "direction" | "mean" | "variance" | "count" | "filter";
  /** The only values that a filter may have, in memory. */
  readonly fixed?: Float32Array;
  readonly tensor: {
    readonly shape: readonly number[];
    data(): Promise<Float32Array>;
    write(values: Float32Array): void;
  };
}

export interface WeightModule {
  parameters(): ReadonlyMap<string, WeightParameter>;
}

type Shape4 = readonly [number, number, number, number];

/** [kh, kw, p, q] → [q, p, kh, kw]: HWIO → OIHW for a convolution, HWOI → IOHW for a transposed one. */
export function kernelToFile([kh, kw, p, q]: Shape4, values: Float32Array): Float32Array {
  const taps = kh * kw;
  const file = new Float32Array(values.length);
  for (let tap = 0, from = 0; tap < taps; tap++) {
    for (let i = 0; i < p; i++) {
      for (let j = 0; j < q; j++) file[(j * p + i) * taps + tap] = values[from++] ?? 0;
    }
  }
  return file;
}

/** The inverse of `kernelToFile`. `shape` is that in memory. */
export function kernelFromFile([kh, kw, p, q]: Shape4, file: Float32Array): Float32Array {
  const taps = kh * kw;
  const values = new Float32Array(file.length);
  for (let tap = 0, to = 0; tap < taps; tap++) {
    for (let i = 0; i < p; i++) {
      for (let j = 0; j < q; j++) values[to++] = file[(j * p + i) * taps + tap] ?? 0;
    }
  }
  return values;
}

/** The shape in memory of a kernel, of a linear weight as one of 1×1, or of a direction as one with one output; undefined for a vector. */
function kernelShape({ kind, tensor }: WeightParameter): Shape4 | undefined {
  if (kind === "vector" || kind === "scale" || tensor.shape.length === 1) return undefined;
  const [kh = 1, kw = 1, p = 1, q = 1] = kind === "linear" ? [1, 1, ...tensor.shape] : tensor.shape;
  return [kh, kw, p, q];
}

function fileShape(parameter: WeightParameter): readonly number[] {
  if (parameter.kind === "count") return [];
  const kernel = kernelShape(parameter);
  if (!kernel || parameter.kind === "direction") return [parameter.tensor.shape.reduce((product, size) => product * size, 1)];
  const [kh, kw, p, q] = kernel;
  return parameter.kind === "linear" ? [q, p] : [q, p, kh, kw];
}

/** Reads all parameters back from the device. */
export async function exportWeights(module: WeightModule): Promise<Map<string, StoredTensor>> {
  const stored = new Map<string, StoredTensor>();
  for (const [name, parameter] of module.parameters()) {
    stored.set(name, toFile(parameter, await parameter.tensor.data()));
  }
  return stored;
}

function toFile(parameter: WeightParameter, values: Float32Array): StoredTensor {
  if (parameter.kind === "count") return storeCount(values);
  const kernel = kernelShape(parameter);
  return storeFloat32(fileShape(parameter), kernel ? kernelToFile(kernel, values) : values);
}

/**
 * Overwrites all parameters with the tensors of a file.
 *
 * Throws a CheckpointError that begins with `where`, and changes nothing, if names or shapes differ or a value is NaN or
 * infinite, or that of another fixed filter. Running statistics that the module does not track are ignored. A missing count is 0, as in files of old PyTorch.
 */
export function importWeights(module: WeightModule, stored: ReadonlyMap<string, StoredTensor>, where: string): void {
  const parameters = module.parameters();
  checkFit(parameters, stored, where);
  const loads: (() => void)[] = [];
  for (const [name, parameter] of parameters) {
    const tensor = stored.get(name);
    const values = valuesOf(parameter, tensor, `${where}: ${name}`);
    if (!values) continue;
    checkFinite(values, `${where}: ${name}`);
    const kernel = kernelShape(parameter);
    const inMemory = kernel ? kernelFromFile(kernel, values) : values;
    checkFixed(parameter, inMemory, `${where}: ${name}`);
    loads.push(() => parameter.tensor.write(inMemory));
  }
  for (const load of loads) load();
}

/** An int64 scalar. */
function storeCount([count = 0]: Float32Array): StoredTensor {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(count), true);
  return { dtype: "I64", shape: [], bytes };
}

/** The values of a parameter in a file; undefined if it has none. Throws a CheckpointError for other types. */
function valuesOf({ kind }: WeightParameter, tensor: StoredTensor | undefined, where: string): Float32Array | undefined {
  if (kind !== "count" || tensor?.dtype === "F32") return tensor && loadFloat32(tensor, where);
  if (!tensor) return Float32Array.of(0);
  if (tensor.dtype !== "I64") throw new CheckpointError(`${where}: expected a count of I64, got ${tensor.dtype}.`);
  const { buffer, byteOffset, byteLength } = tensor.bytes;
  return Float32Array.of(Number(new DataView(buffer, byteOffset, byteLength).getBigInt64(0, true)));
}

function checkFinite(values: Float32Array, where: string): void {
  const odd = values.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
  if (odd === 0) return;
  throw new CheckpointError(
    `${where}: expected finite numbers, got ${odd} of ${values.length} that are NaN or infinite. ` +
      "The training had diverged; take an earlier file.",
  );
}

function checkFixed({ fixed }: WeightParameter, values: Float32Array, where: string): void {
  const odd = fixed?.findIndex((value, index) => value !== values[index]) ?? -1;
  if (odd < 0) return;
  throw new CheckpointError(`${where}: expected the fixed filter of this layer, with ${fixed?.[odd]}, got another, with ${values[odd]}.`);
}

function checkFit(
  parameters: ReadonlyMap<string, WeightParameter>,
  stored: ReadonlyMap<string, StoredTensor>,
  where: string,
): void {
  const required = [...parameters].filter(([name, { kind }]) => kind !== "count" || stored.has(name));
  const wanted = new Map(required.map(([name, parameter]) => [name, fileShape(parameter)]));
  const differences = explainDifferences(compareShapes(wanted, stored));
  if (differences === undefined) return;
  throw new CheckpointError(`${where}: expected the weights of this network, got others: ${differences}`);
}
