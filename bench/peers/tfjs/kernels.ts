import type { NamedAttrMap, Tensor4D } from "@tensorflow/tfjs-core";
import type { PreparedWork, Sample, Tensors } from "../engine.js";
import type { TensorKind } from "../layouts.js";
import type { ConvWork, NormWork } from "../work.js";
import { tf } from "./backend.js";
import { conv, convTranspose, instanceNorm, load, reflect, unload, withFourAxes } from "./operations.js";

/** Work with one result. */
function prepared(run: () => Tensor4D, kind: TensorKind, operands: readonly Tensor4D[]): PreparedWork {
  const work = (): Tensor4D => tf.tidy(run);
  const arm = (repeats: number): Sample => ({ runs: Array.from({ length: repeats }, () => () => work().dispose()) });
  const results = async () => {
    const result = work();
    const stored = await unload(result, kind);
    result.dispose();
    return new Map([["result", stored]]);
  };
  return { arm, results, release: () => tf.dispose([...operands]) };
}

/** A gradient runs the kernels of TensorFlow.js's automatic differentiation, without the forward pass. */
export function prepareConv({ layer, pass }: ConvWork, inputs: Tensors): PreparedWork {
  const { stride, transposed = false, reflect: reflects } = layer;
  const padding = reflects ? 0 : layer.padding;
  const pad = (x: Tensor4D): Tensor4D => (reflects ? reflect(x, layer.padding) : x);
  const x = load(inputs, "x", "image");
  const weight = load(inputs, "weight", "kernel");
  const dy = load(inputs, "dy", "image");
  const padded = pad(x);
  const operands = [x, weight, dy, padded];
  const kernel = (name: string, tensors: Record<string, Tensor4D>, shape: NamedAttrMap): Tensor4D => {
    const attributes = { strides: [stride, stride], pad: padding, dataFormat: "NHWC", dimRoundingMode: "floor" };
    return tf.engine().runKernel(name, tensors, { ...attributes, ...shape });
  };
  if (pass === "forward") {
    const forward = () => (transposed ? convTranspose(x, weight) : conv(pad(x), weight, stride, padding));
    return prepared(forward, "image", operands);
  }
  if (pass === "weight gradient") {
    const [wide, narrow] = transposed ? [dy, x] : [padded, dy];
    const gradient = () => kernel("Conv2DBackpropFilter", { x: wide, dy: narrow }, { filterShape: weight.shape });
    return prepared(gradient, "kernel", operands);
  }
  if (transposed) return prepared(() => conv(dy, weight, stride, padding), "image", operands);
  const direct = () => kernel("Conv2DBackpropInput", { dy, filter: weight }, { inputShape: padded.shape });
  const fold = tf.grad((x) => pad(withFourAxes(x)));
  return prepared(reflects ? () => withFourAxes(fold(x, direct())) : direct, "image", operands);
}

export function prepareNorm({ pass }: NormWork, inputs: Tensors): PreparedWork {
  const x = load(inputs, "x", "image");
  const dy = load(inputs, "dy", "image");
  const forward = (x: Tensor4D): Tensor4D => tf.relu(instanceNorm(x));
  const gradient = tf.grad((x) => forward(withFourAxes(x)));
  return prepared(pass === "forward" ? () => forward(x) : () => withFourAxes(gradient(x, dy)), "image", [x, dy]);
}
