import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { StoredTensor } from "../../../src/io/safetensors.js";
import type { Tensors } from "../engine.js";
import type { Operations } from "../layers.js";
import { channelsFirst, channelsLast, type TensorKind } from "../layouts.js";
import { tf } from "./backend.js";

/** The same tensor, with a type that has four axes. */
export function withFourAxes(x: Tensor): Tensor4D {
  const [a = 1, b = 1, c = 1, d = 1] = x.shape;
  return tf.reshape(x, [a, b, c, d]);
}

/** Loads a tensor with channels last. A vector becomes [1, 1, 1, c]. */
export function load(inputs: Tensors, name: string, kind: TensorKind): Tensor4D {
  const { shape, values } = channelsLast(inputs, name, kind);
  const [a = 1, b = 1, c = 1, d = 1] = kind === "vector" ? [1, 1, 1, ...shape] : shape;
  return tf.tensor4d(values, [a, b, c, d]);
}

export async function unload(tensor: Tensor4D, kind: TensorKind): Promise<StoredTensor> {
  const shape = kind === "vector" ? tensor.shape.slice(3) : tensor.shape;
  return channelsFirst({ shape, values: Float32Array.from(await tensor.data()) }, kind);
}

/** Reflection padding from slices, because the gradient of TensorFlow.js's mirror padding is wrong. */
export function reflect(x: Tensor4D, padding: number): Tensor4D {
  const along = (x: Tensor4D, axis: 1 | 2): Tensor4D => {
    const part = (begin: number): Tensor4D => {
      const begins = x.shape.map((_, each) => (each === axis ? begin : 0));
      const sizes = x.shape.map((size, each) => (each === axis ? padding : size));
      return tf.reverse(tf.slice(x, begins, sizes), axis);
    };
    return tf.concat([part(1), x, part(x.shape[axis] - 1 - padding)], axis);
  };
  return along(along(x, 1), 2);
}

export function conv(x: Tensor4D, weight: Tensor4D, stride: 1 | 2, padding: number): Tensor4D {
  return tf.conv2d(x, weight, stride, padding, "NHWC", 1, "floor");
}

export function convTranspose(x: Tensor4D, weight: Tensor4D): Tensor4D {
  const [n, h, w] = x.shape;
  return tf.conv2dTranspose(x, weight, [n, 2 * h, 2 * w, weight.shape[2]], 2, 1, "floor");
}

export function instanceNorm(x: Tensor4D): Tensor4D {
  const { mean, variance } = tf.moments(x, [1, 2], true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
}

export const operations: Operations<Tensor4D> = {
  share: (x) => x,
  reflect,
  conv,
  convTranspose,
  addBias: (x, bias) => tf.add(x, bias),
  instanceNorm,
  relu: (x) => tf.relu(x),
  leakyRelu: (x) => tf.leakyRelu(x, 0.2),
  tanh: (x) => tf.tanh(x),
  add: (a, b) => tf.add(a, b),
};
