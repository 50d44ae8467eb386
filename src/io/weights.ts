/** Converts a module's parameters to named tensors with PyTorch's names and order of axes, and back. */
import { CheckpointError } from "../errors.js";
import { compareShapes, explainDifferences } from "./differences.js";
import { loadFloat32, storeFloat32 } from "./safetensors.js";
import type { StoredTensor } from "./safetensors.js";

/**
 * The part of a parameter that this file needs. A kernel is [kh, kw, p, q] in memory and [q, p, kh, kw] in a file, a linear
 * weight [in, out] in memory and [out, in] in a file. A direction is [c] or [kh, kw, in] in memory and [c] or [in · kh · kw] in a file.
 */
export interface WeightParameter {
  readonly kind: "conv" | "convTranspose" | "linear" | "vector" | "scale" | "direction";
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
  const kernel = kernelShape(parameter);
  if (!kernel || parameter.kind === "direction") return [parameter.tensor.shape.reduce((product, size) => product * size, 1)];
  const [kh, kw, p, q] = kernel;
  return parameter.kind === "linear" ? [q, p] : [q, p, kh, kw];
}

/** Reads all parameters back from the device. */
export async function exportWeights(module: WeightModule): Promise<Map<string, StoredTensor>> {
  const stored = new Map<string, StoredTensor>();
  for (const [name, parameter] of module.parameters()) {
    const values = await parameter.tensor.data();
    const kernel = kernelShape(parameter);
    stored.set(name, storeFloat32(fileShape(parameter), kernel ? kernelToFile(kernel, values) : values));
  }
  return stored;
}

/**
 * Overwrites all parameters with the tensors of a file.
 *
 * Throws a CheckpointError that begins with `where`, and changes nothing, if names or shapes differ or a value is NaN or
 * infinite. Running statistics, which old files have for instance norm, are ignored.
 */
export function importWeights(module: WeightModule, stored: ReadonlyMap<string, StoredTensor>, where: string): void {
  const parameters = module.parameters();
  checkFit(parameters, stored, where);
  const loads: (() => void)[] = [];
  for (const [name, parameter] of parameters) {
    const tensor = stored.get(name);
    if (!tensor) continue;
    const values = loadFloat32(tensor, `${where}: ${name}`);
    checkFinite(values, `${where}: ${name}`);
    const kernel = kernelShape(parameter);
    loads.push(() => parameter.tensor.write(kernel ? kernelFromFile(kernel, values) : values));
  }
  for (const load of loads) load();
}

function checkFinite(values: Float32Array, where: string): void {
  const odd = values.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
  if (odd === 0) return;
  throw new CheckpointError(
    `${where}: expected finite numbers, got ${odd} of ${values.length} that are NaN or infinite. ` +
      "The training had diverged; take an earlier file.",
  );
}

function checkFit(
  parameters: ReadonlyMap<string, WeightParameter>,
  stored: ReadonlyMap<string, StoredTensor>,
  where: string,
): void {
  const wanted = new Map([...parameters].map(([name, parameter]) => [name, fileShape(parameter)]));
  const differences = explainDifferences(compareShapes(wanted, stored));
  if (differences === undefined) return;
  throw new CheckpointError(`${where}: expected the weights of this network, got others: ${differences}`);
}
