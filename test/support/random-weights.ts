import { storeFloat32, type StoredTensor } from "../../src/io/safetensors.js";
import { parameterShapes, type Architecture } from "../../src/models/networks/layer.js";
import { Random } from "../../src/random.js";

/** Weights of a network from a seed, so that its outputs and activations differ. `prefix`: what precedes their names. */
export function randomWeights(architecture: Architecture, prefix = ""): (readonly [string, StoredTensor])[] {
  const random = new Random(3);
  const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);
  return [...parameterShapes(architecture)].map(([name, shape]) => {
    return [`${prefix}${name}`, storeFloat32(shape, Float32Array.from({ length: sizeOf(shape) }, () => random.uniform() - 0.5))] as const;
  });
}
