import type { Gpu } from "../gpu/gpu.js";
import { convFlops } from "../ops/conv/geometry.js";
import { conv2d } from "../ops/conv/conv2d.js";
import { convTranspose2d } from "../ops/conv/conv-transpose2d.js";
import { WINOGRAD_AMPLIFICATION } from "../ops/conv/winograd.js";
import type { Random } from "../random.js";
import { sizeOf } from "../shape.js";
import { exactForward, exactTransposed, exactWeightGrad } from "./conv-reference.js";
import {
  forwardOf,
  gradientOf,
  PLAIN_TOLERANCE,
  randomOperand,
  type Exact,
  type KernelCase,
  type PreparedKernel,
} from "./kernel-case.js";
import { geometryOf, type ConvLayer } from "./network.js";

const passes = ["forward", "input gradient", "weight gradient"] as const;
type Pass = (typeof passes)[number];

function shapesOf(layer: ConvLayer) {
  const g = geometryOf(layer);
  return {
    wide: [g.n, g.height, g.width, g.channels],
    weight: [g.kernelHeight, g.kernelWidth, g.channels, g.outChannels],
    narrow: [g.n, g.outHeight, g.outWidth, g.outChannels],
  };
}

function prepare(gpu: Gpu, random: Random, layer: ConvLayer, pass: Pass): PreparedKernel {
  const g = geometryOf(layer);
  const { stride, padding, transposed = false } = layer;
  const shapes = shapesOf(layer);
  const wide = randomOperand(gpu, random, shapes.wide, "wide");
  const weight = randomOperand(gpu, random, shapes.weight, "weight");
  const narrow = randomOperand(gpu, random, shapes.narrow, "narrow");
  const [input, output] = transposed ? [narrow, wide] : [wide, narrow];
  const paddingMode = g.reflect ? "reflect" : "zeros";
  const op = transposed
    ? () => convTranspose2d(input.tensor, weight.tensor, undefined, { stride, padding, outputPadding: stride - 1 })
    : () => conv2d(input.tensor, weight.tensor, undefined, { stride, padding, paddingMode });
  const values = { x: wide.values, w: weight.values, y: narrow.values };
  const exactOf = (reference: typeof exactForward) => (index: number): Exact => reference(g, values, index);
  if (pass === "weight gradient") {
    return { arm: gradientOf(op, weight.tensor.withGrad(), output.tensor), exact: exactOf(exactWeightGrad) };
  }
  const exact = exactOf((pass === "forward") === transposed ? exactTransposed : exactForward);
  if (pass === "forward") return { arm: forwardOf(op), exact };
  return { arm: gradientOf(op, input.tensor.withGrad(), output.tensor), exact };
}

/** Every convolution forward and in both gradients. */
export function convCases(layers: readonly ConvLayer[]): KernelCase[] {
  return layers.flatMap((layer) => {
    const shapes = Object.values(shapesOf(layer));
    const bytes = shapes.reduce((sum, shape) => sum + 4 * sizeOf(shape), 0);
    // What Winograd's method applies to.
    const effective = layer.kernel === 3 && layer.stride === 1;
    const tolerance = effective ? WINOGRAD_AMPLIFICATION * PLAIN_TOLERANCE : PLAIN_TOLERANCE;
    return passes.map((pass) => ({
      name: `${layer.name} ${pass}`,
      flops: convFlops(geometryOf(layer)),
      bytes,
      effective,
      tolerance,
      prepare: (gpu: Gpu, random: Random) => prepare(gpu, random, layer, pass),
    }));
  });
}
