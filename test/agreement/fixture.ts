import { readFileSync } from "node:fs";
import type { ImageBatch } from "../../src/data/image.js";
import { loadFloat32, readSafetensors, type StoredTensor } from "../../src/io/safetensors.js";
import { exportWeights, type WeightParameter } from "../../src/io/weights.js";
import type { Parameter, ParameterSet } from "../../src/nn/module.js";
import { imageShape } from "../../src/shape.js";

/** Reads the figures that a script in test/reference wrote. The caller checks their type. */
export function readFigures(name: string): unknown {
  return JSON.parse(readFileSync(url(`${name}.json`), "utf8"));
}

/** Reads the tensors that a script in test/reference wrote. */
export function readTensors(name: string): ReadonlyMap<string, StoredTensor> {
  return readSafetensors(readFileSync(url(`${name}.safetensors`)), name);
}

function url(file: string): URL {
  return new URL(`../reference/${file}`, import.meta.url);
}

/** The tensors whose names begin with `prefix`, by the rest of the name. */
export function under(prefix: string, tensors: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const found = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(found.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

export function valuesOf(tensors: ReadonlyMap<string, StoredTensor>, name: string): Float32Array {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`fixture: expected a tensor ${name}, got none among ${[...tensors.keys()].join(", ")}.`);
  return loadFloat32(tensor, name);
}

export function shapeOf(tensors: ReadonlyMap<string, StoredTensor>, name: string): readonly number[] {
  return tensors.get(name)?.shape ?? [];
}

/** Images of a fixture. */
export function batchOf(tensors: ReadonlyMap<string, StoredTensor>, name: string): ImageBatch {
  return { shape: imageShape("fixture", name, shapeOf(tensors, name)), data: valuesOf(tensors, name) };
}

/** What `pick` takes of the parameters of networks, in PyTorch's names and order of axes. */
export function exported(
  networks: Readonly<Record<string, ParameterSet>>,
  pick: (parameter: Parameter) => WeightParameter["tensor"] | undefined,
): Promise<Map<string, StoredTensor>> {
  const all = new Map<string, WeightParameter>();
  for (const [network, module] of Object.entries(networks)) {
    for (const [name, parameter] of module.parameters()) {
      const tensor = pick(parameter);
      if (tensor) all.set(`${network}.${name}`, { kind: parameter.kind, tensor });
    }
  }
  return exportWeights({ parameters: () => all });
}

/** ‖got − expected‖ / ‖expected‖, or ‖got‖ if all expected values are 0. NaN if the lengths differ, which no tolerance allows. */
export function l2Error(got: Float32Array, expected: Float32Array): number {
  if (got.length !== expected.length) return Number.NaN;
  const squares = (values: Float32Array): number => values.reduce((sum, value) => sum + value ** 2, 0);
  return Math.sqrt(squares(got.map((value, i) => value - (expected[i] ?? 0))) / (squares(expected) || 1));
}

/** max |got − expected|. NaN if the lengths differ. */
export function largestDifference(got: Float32Array, expected: Float32Array): number {
  if (got.length !== expected.length) return Number.NaN;
  return got.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (expected[i] ?? 0))), 0);
}

/**
 * The largest error allowed: ten times the error of PyTorch's own float32, but at most `bound`.
 *
 * Both programs compute the same formulas in float32 and only sum in different orders, so their errors against float64 are of
 * similar size. The factor allows for the order, for chance in a maximum over few values, and for the precision of WGSL: a
 * division or inverse square root may be off by 2 to 2.5 ulp, and a tanh by more, while PyTorch's are within 1.
 */
export function tolerance(float32: number, bound: number): number {
  return Math.min(bound, 10 * float32);
}

/** The error and the tolerance as a line for vitest's verbose reporter. */
export function report(what: string, error: number, allowed: number): string {
  return `worst ${what}: ${error.toExponential(1)} of ${allowed.toExponential(1)}`;
}
