import { ShapeError } from "../../../src/errors.js";
import { batchNormTangent, instanceNormTangent } from "../../../src/ops/norm/norm-tangent.js";
import type { Shape } from "../../../src/shape.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { at, build, normal, total, type Values } from "../../support/float64.js";
import { testOp } from "../../support/op-runner.js";
import { nameOf } from "../../support/samples.js";

const gpu = useGpu({ guarded: true });

interface Pixels {
  /** Mean and derivative of the mean. */
  readonly mean: number;
  readonly slope: number;
  readonly deviation: number;
  /** Derivative of the deviation. */
  readonly change: number;
}

/** The derivatives of mean and standard deviation by the rules for sums, squares and roots, from the definition. */
function pixelsOf(x: Values, t: Values, images: readonly number[], channel: number): Pixels {
  const [, h = 0, w = 0] = x.shape;
  const [, , , c = 0] = x.shape;
  const places = images.flatMap((image) => Array.from({ length: h * w }, (_, pixel) => image * h * w + pixel));
  const [values, tangents] = [x, t].map(({ data }) => places.map((place) => data[place * c + channel] ?? Number.NaN)) as [number[], number[]];
  const count = places.length;
  const [mean, slope] = [total(values) / count, total(tangents) / count];
  const variance = total(values.map((value) => (value - mean) ** 2)) / count;
  const variation = total(values.map((value, i) => 2 * (value - mean) * ((tangents[i] ?? 0) - slope))) / count;
  const deviation = Math.sqrt(variance + 1e-5);
  return { mean, slope, deviation, change: variation / (2 * deviation) };
}

/** d ((x − mean) / deviation) by the quotient rule. */
function tangent({ x, direction, weight }: { x: Values; direction: Values; weight?: Values }): Values {
  const [n = 0, , , c = 0] = x.shape;
  const all = Array.from({ length: n }, (_, image) => image);
  const groups = weight ? [all] : all.map((image) => [image]);
  const pixels = groups.map((images) => Array.from({ length: c }, (_, channel) => pixelsOf(x, direction, images, channel)));
  return build(x.shape, (image = 0, row = 0, column = 0, channel = 0) => {
    const its = pixels[weight ? 0 : image]?.[channel];
    if (!its) return Number.NaN;
    const place = [image, row, column, channel] as const;
    const z = (at(x, ...place) - its.mean) / its.deviation;
    return ((weight ? at(weight, channel) : 1) * (at(direction, ...place) - its.slope - z * its.change)) / its.deviation;
  });
}

// The fourth has more than one range of pixels on every adapter; the last is a whole image of a GPU.
const shapes: readonly Shape[] = [[2, 3, 5, 4], [1, 5, 3, 3], [3, 2, 2, 1], [1, 23, 23, 1], [1, 3, 2, 67]];

// Sums over the pixels, of x and x² and of t and t · z forward; with those of dy, dy · z and dy · y backward.
const terms = (pixels: number) => ({ forward: 4 * pixels, gradient: 10 * pixels });
const tangents = { linear: ["direction"] } as const;

testOp<"x" | "direction", never, undefined>(gpu, {
  ...tangents,
  name: "instanceNormTangent",
  run: ({ x, direction }) => instanceNormTangent(x, direction),
  reference: tangent,
  terms: ({ x: { shape } }) => terms((shape[1] ?? 0) * (shape[2] ?? 0)),
  samples: [
    ...shapes.map((shape) => ({ name: nameOf(shape), inputs: { x: { shape }, direction: { shape } }, attrs: undefined })),
    { name: "one pixel", inputs: { x: { shape: [2, 1, 1, 4] }, direction: { shape: [2, 1, 1, 4] } }, attrs: undefined },
    {
      // The rounding of x is a thousandth of its deviation times as large.
      name: "mean 100, deviation 0.1",
      inputs: { x: { shape: [1, 8, 8, 4], draw: (random) => 100 + 0.1 * normal(random) }, direction: { shape: [1, 8, 8, 4] } },
      attrs: undefined,
      condition: 1000 / 64,
      step: 1e-6,
    },
  ],
  errors: [
    {
      name: "a direction of another shape",
      call: (device) => instanceNormTangent(Tensor.zeros(device, [1, 3, 4, 5]), Tensor.zeros(device, [1, 4, 3, 5])),
      error: ShapeError,
      message: /^normTangent: expected a direction of x's shape \[1, 3, 4, 5\], got \[1, 4, 3, 5\]/,
    },
  ],
});

testOp<"x" | "direction" | "weight", never, undefined>(gpu, {
  ...tangents,
  name: "batchNormTangent",
  parameters: ["weight"],
  run: ({ x, direction, weight }) => batchNormTangent(x, direction, weight),
  reference: tangent,
  terms: ({ x: { shape } }) => terms((shape[0] ?? 0) * (shape[1] ?? 0) * (shape[2] ?? 0)),
  samples: shapes.map((shape) => {
    const weight = { shape: [shape[3] ?? 0] };
    return { name: nameOf(shape), inputs: { x: { shape }, direction: { shape }, weight }, attrs: undefined };
  }),
  errors: [
    {
      name: "a weight for other channels",
      call: (device) => batchNormTangent(Tensor.zeros(device, [1, 2, 2, 3]), Tensor.zeros(device, [1, 2, 2, 3]), Tensor.zeros(device, [4])),
      error: ShapeError,
      message: /^normTangent: expected a weight of shape \[3\], got \[4\]/,
    },
  ],
});
