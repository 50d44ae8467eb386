/** Converts between PyTorch's order of axes, the format of the files, and channels last, which ours and TensorFlow.js use. */
import { kernelFromFile, kernelToFile } from "../../src/io/weights.js";
import { loadFloat32, storeFloat32, type StoredTensor } from "../../src/io/safetensors.js";
import type { Tensors } from "./engine.js";

export interface Values {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export type TensorKind = "image" | "kernel" | "vector";

type Shape4 = readonly [number, number, number, number];

/** The shape and values of a tensor, in PyTorch's order. Throws if it is missing. */
export function stored(tensors: Tensors, name: string): Values {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`inputs: expected a tensor ${name}, got none among ${[...tensors.keys()].join(", ")}.`);
  return { shape: tensor.shape, values: loadFloat32(tensor, name) };
}

/** Converts an image [1, c, h, w] → [1, h, w, c] or a kernel [q, p, kh, kw] → [kh, kw, p, q]. A vector does not change. */
export function channelsLast(tensors: Tensors, name: string, kind: TensorKind): Values {
  const { shape, values } = stored(tensors, name);
  if (kind === "vector") return { shape, values };
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  // For an image a is 1, so its position does not matter.
  const memory: Shape4 = [c, d, b, a];
  return { shape: kind === "image" ? [a, c, d, b] : memory, values: kernelFromFile(memory, values) };
}

/** The inverse of `channelsLast`. */
export function channelsFirst({ shape, values }: Values, kind: TensorKind): StoredTensor {
  if (kind === "vector") return storeFloat32(shape, values);
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  if (kind === "image") return storeFloat32([a, d, b, c], kernelToFile([b, c, d, a], values));
  return storeFloat32([d, c, a, b], kernelToFile([a, b, c, d], values));
}
