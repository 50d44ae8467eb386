/**
 * A network whose way back is that of a deconvnet, by autograd: the forward pass is the network's own, and two of its ops are not
 * followed by their derivative. Source: arXiv 1311.2901, section 2.1.
 *
 * NOTE: the way back. The adjoint of a layer is what `backward` computes for its input: of a convolution, the transposed convolution
 * with the same weight, and the other way round; of a max-pool, unpooling by its switches; of a blur, a bilinear doubling, a
 * reflection pad, a joined or added input, their transpose. So the way back needs no code of its own. What differs:
 *
 * - A ReLU rectifies the signal that goes back, whatever the signs of the forward pass were. A leaky ReLU does to it what it does to
 *   an activation: it multiplies what is negative by its slope. So with a slope of 1, a projection is the gradient.
 * - A norm is the linear map that it is with the statistics of the forward pass: no signal flows through these.
 * - A tanh, which only ends generators, is left out in both directions: without it the order of activations and the signs of the
 *   signal are the same, and large activations still differ. Dropout is left out, as in use.
 */
import { MisuseError, ShapeError } from "../../errors.js";
import { add } from "../../ops/elementwise/add.js";
import { blurPool2d } from "../../ops/image/blur-pool2d.js";
import { maxPool2d } from "../../ops/image/pool2d.js";
import { upsampleBilinear2d } from "../../ops/image/upsample-bilinear2d.js";
import { upsampleNearest2d } from "../../ops/image/upsample-nearest2d.js";
import { conv2d } from "../../ops/conv/conv2d.js";
import { convTranspose2d } from "../../ops/conv/conv-transpose2d.js";
import { elementwise } from "../../ops/lib/elementwise.js";
import { widthOf } from "../../ops/lib/width.js";
import { batchNormBy } from "../../ops/norm/batch-norm.js";
import { normForward } from "../../ops/norm/launch.js";
import { spectralNorm } from "../../ops/norm/spectral-norm.js";
import { concat } from "../../ops/shape/concat.js";
import { formatShape, imageShape } from "../../shape.js";
import { defineOp } from "../../tensor/op.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Network } from "../networks/build.js";
import { placed, type ConvLayer, type NormLayer, type PlacedLayer } from "../networks/layer.js";

/** How the signal goes back. */
export interface WayBack {
  /**
   * Whether a ReLU also cuts off the signal where it cut off the activation, as in guided back-propagation (arXiv 1412.6806); default
   * false. Without max-pools, a deconvnet's projection hardly depends on the image; this one does.
   */
  readonly guided?: boolean | undefined;
}

/** Takes a layer's activation, which is released when it returns. False ends the pass. */
export type Visit = (name: string, activation: Tensor) => boolean;

/**
 * Runs a network on an image, as in use, and gives `visit` the activation of each layer by its name in PyTorch's list, in order; of
 * residual layers only the sum. If x wants a gradient, `backward` from an activation goes the way of a deconvnet.
 *
 * Shape: x [1, h, w, c]: one image, because norms without running statistics use those of the image. Throws ShapeError for more.
 */
export function activate(network: Network, x: Tensor, visit: Visit, { guided = false }: WayBack = {}): void {
  const [n] = imageShape("deconvnet", "x", x.shape);
  if (n !== 1) throw new ShapeError(`deconvnet: expected one image, got x ${formatShape(x.shape)}. Pass images one after the other.`);
  const weights = network.parameters();
  const weightOf = (layer: string, name: string): Tensor => {
    const found = weights.get(`${layer}.${name}`);
    if (!found) throw new MisuseError(`deconvnet: expected a parameter ${layer}.${name}, got none.`);
    return found.tensor;
  };
  const pass: Pass = { weightOf, visit, guided, hasEnded: false };
  using _scope = x.gpu.scope("deconvnet");
  through(placed(network.architecture), x, pass);
}

interface Pass {
  readonly weightOf: (layer: string, name: string) => Tensor;
  readonly visit: Visit;
  readonly guided: boolean;
  hasEnded: boolean;
}

function through(layers: readonly PlacedLayer[], x: Tensor, pass: Pass): Tensor {
  using scope = x.gpu.scope("deconvnet's layers");
  let value = x;
  for (const one of layers) {
    const next = throughOne(one, value, pass);
    if (next !== value) scope.drop(value);
    value = next;
    if (!pass.hasEnded) pass.hasEnded = !pass.visit(one.name, value);
    if (pass.hasEnded) break;
  }
  return scope.keep(value);
}

function throughOne({ name, layer, inner }: PlacedLayer, x: Tensor, pass: Pass): Tensor {
  using scope = x.gpu.scope(name);
  switch (layer.kind) {
    case "conv":
    case "convTranspose":
      return scope.keep(throughConv(name, layer, x, pass));
    case "norm":
      return scope.keep(throughNorm(name, layer, x, pass));
    case "relu":
      return scope.keep(rectify({ x }, { slope: layer.slope, guided: pass.guided }));
    case "maxPool":
      return scope.keep(maxPool2d(x, { kernelSize: layer.size }));
    case "blurPool":
      return scope.keep(blurPool2d(x));
    case "upsampleBilinear":
      return scope.keep(upsampleBilinear2d(x));
    case "tanh":
    case "dropout":
      return x;
    case "residual":
      return scope.keep(add(x, through(inner, x, { ...pass, visit: () => true })));
    case "skip": {
      const found = through(inner, x, pass);
      return pass.hasEnded ? x : scope.keep(concat(x, found));
    }
    case "sum": {
      const [side, rest] = [through(inner.slice(0, 1), x, pass), pass.hasEnded ? x : through(inner.slice(1), x, pass)];
      return pass.hasEnded ? x : scope.keep(add(side, rest));
    }
  }
}

function throughConv(name: string, layer: ConvLayer, x: Tensor, { weightOf }: Pass): Tensor {
  const { stride, padding, outputPadding, edges, upsample, bias: hasBias } = layer;
  const weight = layer.spectralNorm
    ? spectralNorm(weightOf(name, "weight_orig"), weightOf(name, "weight_u"), weightOf(name, "weight_v"))
    : weightOf(name, "weight");
  const bias = hasBias ? weightOf(name, "bias") : undefined;
  if (layer.kind === "convTranspose") return convTranspose2d(x, weight, bias, { stride, padding, outputPadding });
  return conv2d(upsample ? upsampleNearest2d(x) : x, weight, bias, { stride, padding, paddingMode: edges });
}

function throughNorm(name: string, { norm, channels, trackRunningStats = false }: NormLayer, x: Tensor, { weightOf }: Pass): Tensor {
  switch (norm) {
    case "instance":
      return normalise({ x, weight: Tensor.ones(x.gpu, [channels]), bias: Tensor.zeros(x.gpu, [channels]) }, {});
    case "batch": {
      const [weight, bias] = [weightOf(name, "weight"), weightOf(name, "bias")];
      if (!trackRunningStats) return normalise({ x, weight, bias }, {});
      return batchNormBy(x, weight, bias, { mean: weightOf(name, "running_mean"), variance: weightOf(name, "running_var") });
    }
    case "none":
      return x;
  }
}

/** The op `leakyRelu`, which going back does the same to the signal and, if it is guided, then its own derivative. */
const rectify = defineOp<{ x: Tensor }, { slope: number; guided: boolean }>()({
  name: "leakyRelu of a deconvnet",
  shape: ({ x }) => x.shape,
  forward({ gpu, inputs: { x }, attrs: { slope, guided }, y }): { readonly y?: Tensor } {
    const { size, grid } = elementwise(x.size);
    gpu.run("elementwise/leaky-relu", { x, y, size, slope }, grid);
    return guided ? { y } : {};
  },
  backward({ gpu, attrs: { slope, guided }, saved: { y }, dy, gradient, temporary }) {
    const dx = gradient("x");
    const { size, grid } = elementwise(dy.size);
    using cut = guided ? temporary(dy.shape) : dx.alias();
    gpu.run("elementwise/leaky-relu", { x: dy, y: cut, size, slope }, grid);
    if (y) gpu.run("elementwise/leaky-relu-grad", { y, dy: cut, dx, size, slope }, grid);
    return { x: dx };
  },
});

/** The op `batchNorm` of one image, which going back multiplies the signal by weight / sqrt(variance + 1e-5). */
const normalise = defineOp<{ x: Tensor; weight: Tensor; bias: Tensor }>()({
  name: "norm of a deconvnet",
  shape: ({ x }) => x.shape,
  forward({ gpu, inputs: { x, weight, bias }, y, temporary }) {
    const [, h, w, channels] = imageShape("deconvnet", "x", x.shape);
    const statistics = temporary([2, channels]);
    normForward(gpu, { images: 1, pixels: h * w, channels }, { x, statistics, affine: { weight, bias }, slope: 1 }, undefined, y);
    return { weight, statistics };
  },
  backward({ gpu, saved: { weight, statistics }, dy, gradient }) {
    const dx = gradient("x");
    const width = widthOf(weight.size);
    const numbers = { size: dx.size / width, channels: weight.size / width, slope: 1 };
    // With a slope of 1, the kernel's result depends on neither x nor bias.
    gpu.run("batch-norm/apply-grad", { x: dy, dy, statistics, weight, bias: weight, dx, ...numbers }, { threads: numbers.size, width });
    return { x: dx };
  },
});
