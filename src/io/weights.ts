/** Parameters of a module as named tensors in PyTorch's names and axis orders, and back. */
import { CheckpointError } from "../errors.js";
import { loadFloat32, storeFloat32 } from "./safetensors.js";
import type { StoredTensor } from "./safetensors.js";

/**
 * What this file needs of a parameter. Kernels lie in memory as [kh, kw, p, q] and in a file as [q, p, kh, kw]; directions
 * as [c] or [kh, kw, in] and in a file as [c] or [in · kh · kw], in that order.
 */
export interface WeightParameter {
  readonly kind: "conv" | "convTranspose" | "vector" | "scale" | "direction";
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

/** The inverse of `kernelToFile`; `shape` is the one in memory. */
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

/** The memory shape of a kernel, or of a direction of one as if it had one output; undefined for a vector. */
function kernelShape({ kind, tensor }: WeightParameter): Shape4 | undefined {
  if (kind === "vector" || kind === "scale" || tensor.shape.length === 1) return undefined;
  const [kh = 1, kw = 1, p = 1, q = 1] = tensor.shape;
  return [kh, kw, p, q];
}

function fileShape(parameter: WeightParameter): readonly number[] {
  const kernel = kernelShape(parameter);
  if (!kernel || parameter.kind === "direction") return [parameter.tensor.shape.reduce((product, size) => product * size, 1)];
  const [kh, kw, p, q] = kernel;
  return [q, p, kh, kw];
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
 * Throws a CheckpointError that begins with `where` and lists the differences when names or shapes do not fit; the
 * module is then unchanged. Running statistics that old files hold for instance norm are skipped.
 */
export function importWeights(module: WeightModule, stored: ReadonlyMap<string, StoredTensor>, where: string): void {
  const parameters = module.parameters();
  checkFit(parameters, stored, where);
  const loads: (() => void)[] = [];
  for (const [name, parameter] of parameters) {
    const tensor = stored.get(name);
    if (!tensor) continue;
    const values = loadFloat32(tensor, `${where}: ${name}`);
    const kernel = kernelShape(parameter);
    loads.push(() => parameter.tensor.write(kernel ? kernelFromFile(kernel, values) : values));
  }
  for (const load of loads) load();
}

const bufferName = /\.(running_mean|running_var|num_batches_tracked)$/;

function checkFit(
  parameters: ReadonlyMap<string, WeightParameter>,
  stored: ReadonlyMap<string, StoredTensor>,
  where: string,
): void {
  const missing = [...parameters.keys()].filter((name) => !stored.has(name));
  const unknown = [...stored.keys()].filter((name) => !parameters.has(name) && !bufferName.test(name));
  const reshaped = [...parameters].flatMap(([name, parameter]) => {
    const wanted = fileShape(parameter).join("×");
    const found = stored.get(name)?.shape.join("×") ?? wanted;
    return wanted === found ? [] : [`${name} is ${found}, not ${wanted}`];
  });
  const differences = [
    ...(missing.length > 0 ? [`missing ${enumerate(missing)}`] : []),
    ...(unknown.length > 0 ? [`unknown ${enumerate(unknown)}`] : []),
    ...(reshaped.length > 0 ? [enumerate(reshaped)] : []),
  ];
  if (differences.length === 0) return;
  throw new CheckpointError(
    `${where}: expected the weights of this network, got others: ${differences.join("; ")}. ` +
      likelyCause(missing, unknown),
  );
}

function enumerate(items: readonly string[]): string {
  const shown = items.slice(0, 4).join(", ");
  return items.length > 4 ? `${shown} and ${items.length - 4} more` : shown;
}

function likelyCause(missing: readonly string[], unknown: readonly string[]): string {
  if (missing.length + unknown.length === 0) return "They were likely trained with another --ngf, --ndf, --input-nc or --upsample.";
  const some = (names: readonly string[], part: string): boolean => names.some((name) => name.includes(part));
  if (some(missing, ".conv_block.5.") && some(unknown, ".conv_block.6.")) {
    return "They were likely trained with dropout, which this product does not have.";
  }
  if ([...missing, ...unknown].some((name) => name.endsWith(".weight_orig"))) {
    return "They were likely trained with another --spectral-norm.";
  }
  if ([...missing, ...unknown].every((name) => name.endsWith(".bias"))) {
    return "They were likely trained with another --norm.";
  }
  return "They were likely trained with another --n-blocks or --n-layers-d, or belong to another kind of network.";
}
