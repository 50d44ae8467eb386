/** The derivative of a network in a direction of its input, computed forwards by ops that have gradients. */
import { MisuseError } from "../../errors.js";
import { leakyRelu } from "../../ops/elementwise/leaky-relu.js";
import { leakyReluTangent } from "../../ops/elementwise/leaky-relu-tangent.js";
import { blurPool2d } from "../../ops/image/blur-pool2d.js";
import { batchNorm } from "../../ops/norm/batch-norm.js";
import { conv2d } from "../../ops/conv/conv2d.js";
import { upsampleNearest2d } from "../../ops/image/upsample-nearest2d.js";
import { instanceNorm } from "../../ops/norm/instance-norm.js";
import { batchNormTangent, instanceNormTangent } from "../../ops/norm/norm-tangent.js";
import { spectralNorm } from "../../ops/norm/spectral-norm.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Network } from "./build.js";
import { placed, type ConvLayer, type NormLayer, type PlacedLayer } from "./layer.js";

/** An activation, and how it changes in the direction. */
interface Moving {
  readonly value: Tensor;
  readonly tangent: Tensor;
}

/**
 * d/dε network(x + ε · direction) at ε = 0, as in training: norms use the statistics of x, which no running statistics learn of, and
 * spectral norms make no step of the power iteration.
 *
 * Backward through the result gives second derivatives of the network: for S = Σ network(x), the gradient of the result's sum is
 * that of direction · ∇S. A leaky ReLU is taken as linear on both sides of 0.
 *
 * Shape: x [n, h, w, c], the same for direction → the network's output. Throws MisuseError for a network with other layers than
 * convolutions, norms, leaky ReLUs and blurs in a row, as discriminators have. Source: Pearlmutter, "Fast exact multiplication by the
 * Hessian", Neural Computation 6, 1994.
 */
export function networkTangent(network: Network, x: Tensor, direction: Tensor): Tensor {
  using scope = x.gpu.scope("network tangent");
  const layers = placed(network.architecture);
  const weights = network.parameters();
  const weightOf: WeightOf = (layer, name) => {
    const found = weights.get(`${layer}.${name}`);
    if (!found) throw new MisuseError(`networkTangent: expected a parameter ${layer}.${name}, got none.`);
    return found.tensor;
  };
  // What the activations are does not matter after the last norm or ReLU.
  const lastBend = layers.findLastIndex(({ layer }) => layer.kind === "norm" || layer.kind === "relu");
  let moving: Moving = { value: x, tangent: direction };
  for (const [index, placedLayer] of layers.entries()) moving = through(placedLayer, moving, weightOf, index < lastBend);
  return scope.keep(moving.tangent);
}

type WeightOf = (layer: string, name: string) => Tensor;

function through({ name, layer }: PlacedLayer, moving: Moving, weightOf: WeightOf, needsValue: boolean): Moving {
  switch (layer.kind) {
    case "conv":
      return throughConv(name, layer, moving, weightOf, needsValue);
    case "blurPool":
      return { value: blurPool2d(moving.value), tangent: blurPool2d(moving.tangent) };
    case "norm":
      return throughNorm(name, layer, moving, weightOf);
    case "relu": {
      const value = leakyRelu(moving.value, layer.slope);
      return { value, tangent: leakyReluTangent(moving.tangent, value, layer.slope) };
    }
    case "convTranspose":
    case "upsampleBilinear":
    case "tanh":
    case "maxPool":
    case "dropout":
    case "residual":
    case "skip":
    case "sum":
      throw new MisuseError(
        `networkTangent: expected convolutions, norms, leaky ReLUs and blurs in a row, got ${name}, a ${layer.kind} layer. Use hinge, lsgan or vanilla.`,
      );
  }
}

function throughConv(name: string, layer: ConvLayer, { value, tangent }: Moving, weightOf: WeightOf, needsValue: boolean): Moving {
  const { stride, padding, edges, upsample } = layer;
  const weight = layer.spectralNorm ? normalised(name, weightOf) : weightOf(name, "weight");
  const apply = (x: Tensor, bias?: Tensor): Tensor =>
    conv2d(upsample ? upsampleNearest2d(x) : x, weight, bias, { stride, padding, paddingMode: edges });
  const moved = apply(tangent);
  if (!needsValue) return { value, tangent: moved };
  return { value: apply(value, layer.bias ? weightOf(name, "bias") : undefined), tangent: moved };
}

/** The weight by the vectors of the newest pass, in copies, because the next pass changes them. */
function normalised(name: string, weightOf: WeightOf): Tensor {
  const copyOf = ({ gpu, shape, storage, size, label }: Tensor): Tensor => {
    const copy = Tensor.empty(gpu, shape, label);
    gpu.queue.copy(storage, copy.storage, 4 * size);
    return copy;
  };
  return spectralNorm(weightOf(name, "weight_orig"), copyOf(weightOf(name, "weight_u")), copyOf(weightOf(name, "weight_v")));
}

function throughNorm(name: string, { norm }: NormLayer, { value, tangent }: Moving, weightOf: WeightOf): Moving {
  switch (norm) {
    case "instance":
      return { value: instanceNorm(value), tangent: instanceNormTangent(value, tangent) };
    case "batch": {
      const weight = weightOf(name, "weight");
      return { value: batchNorm(value, weight, weightOf(name, "bias")), tangent: batchNormTangent(value, tangent, weight) };
    }
    case "none":
      return { value, tangent };
  }
}
