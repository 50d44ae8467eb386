import { ShapeError } from "../../../src/errors.js";
import type { Gpu } from "../../../src/gpu/gpu.js";
import { conv2d, type Conv2dOptions } from "../../../src/ops/conv/conv2d.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { convVariantNames } from "../../support/conv-variants.js";
import { useGpu } from "../../support/device.js";
import { at, build, reflected, type Values } from "../../support/float64.js";
import type { Sample } from "../../support/op-case.js";
import { testOp } from "../../support/op-runner.js";

const gpu = useGpu({ guarded: true });

function reference(x: Values, weight: Values, bias: Values | undefined, options: Conv2dOptions): Values {
  const { stride = 1, padding = 0, paddingMode = "zeros" } = options;
  const [n = 0, h = 0, w = 0] = x.shape;
  const [kh = 0, kw = 0, channels = 0, outChannels = 0] = weight.shape;
  const extent = (size: number, kernel: number): number => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  const source = (i: number, size: number): number => (paddingMode === "reflect" ? reflected(i, size) : i);
  return build([n, extent(h, kh), extent(w, kw), outChannels], (image = 0, oy = 0, ox = 0, o = 0) => {
    let sum = bias ? at(bias, o) : 0;
    for (let ky = 0; ky < kh; ky++) {
      const y = source(oy * stride + ky - padding, h);
      for (let kx = 0; kx < kw; kx++) {
        const column = source(ox * stride + kx - padding, w);
        if (y < 0 || y >= h || column < 0 || column >= w) continue;
        for (let c = 0; c < channels; c++) sum += at(x, image, y, column, c) * at(weight, ky, kx, c, o);
      }
    }
    return sum;
  });
}

type Case = readonly [
  name: string,
  x: readonly [n: number, h: number, w: number, c: number],
  kernel: readonly [kh: number, kw: number, o: number],
  options: Conv2dOptions,
  withoutBias?: "no bias",
];

const cases: readonly Case[] = [
  ["1×1, one pixel", [1, 1, 1, 4], [1, 1, 4], {}],
  ["1×1 stride 2 with a remainder", [2, 4, 5, 3], [1, 1, 8], { stride: 2 }],
  ["3×3 valid", [1, 3, 3, 4], [3, 3, 4], {}],
  ["3×3 padding 1, 3 to 5 channels", [2, 5, 6, 3], [3, 3, 5], { padding: 1 }],
  ["3×3 padding 1, 8 to 8 channels, no bias", [1, 5, 7, 8], [3, 3, 8], { padding: 1 }, "no bias"],
  ["3×3 stride 2, a downsampling layer", [2, 7, 6, 4], [3, 3, 8], { stride: 2, padding: 1 }],
  ["3×3 stride 3, 1 channel", [1, 8, 9, 1], [3, 3, 1], { stride: 3, padding: 2 }],
  ["3×3 reflect 1, a residual block's layer", [2, 4, 5, 4], [3, 3, 4], { padding: 1, paddingMode: "reflect" }],
  ["3×3 reflect 1, ragged tiles of 4×4", [1, 5, 6, 8], [3, 3, 8], { padding: 1, paddingMode: "reflect" }],
  ["3×3 reflect 1, less than a tile of 4×4", [2, 2, 3, 8], [3, 3, 12], { padding: 1, paddingMode: "reflect" }, "no bias"],
  ["3×3 reflect 2, both edges reflected in one place", [1, 3, 3, 8], [3, 3, 8], { padding: 2, paddingMode: "reflect" }],
  ["3×3 reflect 2, as large as allowed", [1, 3, 4, 5], [3, 3, 3], { stride: 2, padding: 2, paddingMode: "reflect" }],
  ["4×4 stride 2, a discriminator's layer", [2, 6, 7, 4], [4, 4, 8], { stride: 2, padding: 1 }],
  ["4×4 stride 1 to one channel, its output", [1, 4, 5, 8], [4, 4, 1], { padding: 1 }],
  ["3×3 to one channel, taps filled up", [2, 3, 4, 8], [3, 3, 1], { padding: 1 }],
  ["4×4 stride 2 from three channels, its first layer", [2, 6, 7, 3], [4, 4, 8], { stride: 2, padding: 1 }],
  ["2×3 stride 2 reflect 1, from one channel", [1, 4, 5, 1], [2, 3, 4], { stride: 2, padding: 1, paddingMode: "reflect" }],
  ["7×7 reflect 3, a generator's first layer", [1, 4, 5, 3], [7, 7, 4], { padding: 3, paddingMode: "reflect" }],
  ["7×7 reflect 3, a generator's last layer", [2, 4, 5, 4], [7, 7, 3], { padding: 3, paddingMode: "reflect" }],
  ["7×7 reflect 3, from five channels", [1, 4, 5, 5], [7, 7, 4], { padding: 3, paddingMode: "reflect" }],
  ["7×7 reflect 3, to two channels", [1, 4, 5, 4], [7, 7, 2], { padding: 3, paddingMode: "reflect" }],
  ["4×4 stride 2 from two channels", [1, 6, 7, 2], [4, 4, 8], { stride: 2, padding: 1 }],
  ["7×7 zeros, padding wider than the image", [1, 2, 3, 4], [7, 7, 3], { padding: 3 }],
  ["2×3 kernel stride 2", [1, 5, 6, 4], [2, 3, 5], { stride: 2, padding: 1 }],
  ["weight gradient in splits", [1, 13, 13, 4], [3, 3, 4], { padding: 1 }, "no bias"],
  ["three and five tiles of channels", [1, 3, 4, 12], [2, 2, 20], {}],
  ["two tiles of channels, each of 8", [2, 3, 3, 16], [3, 3, 16], { padding: 1 }],
  ["several workgroups, the bias gradient in two stages", [2, 12, 13, 3], [1, 1, 5], {}],
];

type ConvSample = Sample<"x" | "weight", "bias", Conv2dOptions>;

const samples = cases.map(([name, shape, [kh, kw, o], options, withoutBias]): ConvSample => {
  const inputs = { x: { shape }, weight: { shape: [kh, kw, shape[3], o] } };
  return { name, inputs: withoutBias ? inputs : { ...inputs, bias: { shape: [o] } }, attrs: options };
});

const image = (device: Gpu, ...shape: readonly number[]): Tensor => Tensor.zeros(device, shape);

testOp<"x" | "weight", "bias", Conv2dOptions>(gpu, {
  name: "conv2d",
  parameters: ["weight", "bias"],
  run: ({ x, weight, bias }, options) => conv2d(x, weight, bias, options),
  reference: ({ x, weight, bias }, options) => reference(x, weight, bias, options),
  terms({ x, weight }) {
    const [n = 0, h = 0, w = 0] = x.shape;
    const [kh = 0, kw = 0, c = 0, o = 0] = weight.shape;
    // dx sums kernel · o terms, and folds up to four reflections; dw and db sum over the pixels.
    return { forward: kh * kw * c + 1, gradient: Math.max(4 * kh * kw * o, n * h * w * 2) };
  },
  linear: ["x", "weight", "bias"],
  variants: convVariantNames,
  samples,
  errors: [
    {
      name: "a weight for other channels",
      call: (device) => conv2d(image(device, 1, 4, 4, 3), image(device, 3, 3, 4, 8)),
      error: ShapeError,
      message: /^conv2d: expected a weight for 3 input channels, got 4 \(x \[1, 4, 4, 3\], weight \[3, 3, 4, 8\]\)/,
    },
    {
      name: "a bias for other channels",
      call: (device) => conv2d(image(device, 1, 4, 4, 3), image(device, 3, 3, 3, 8), image(device, 4)),
      error: ShapeError,
      message: /^conv2d: expected a bias of shape \[8\], got \[4\]/,
    },
    {
      name: "an image smaller than the kernel",
      call: (device) => conv2d(image(device, 1, 2, 4, 3), image(device, 4, 4, 3, 8)),
      error: ShapeError,
      message: /^conv2d: expected an image of at least 4 × 4 with its padding of 0, got x \[1, 2, 4, 3\]/,
    },
    {
      name: "a reflection as large as the image",
      call: (device) =>
        conv2d(image(device, 1, 3, 4, 3), image(device, 3, 3, 3, 8), undefined, {
          padding: 3,
          paddingMode: "reflect",
        }),
      error: ShapeError,
      message: /^conv2d: expected reflection padding of whole numbers smaller than the image, got top 3/,
    },
    {
      name: "a stride of 0",
      call: (device) => conv2d(image(device, 1, 3, 4, 3), image(device, 3, 3, 3, 8), undefined, { stride: 0 }),
      error: ShapeError,
      message: /^conv2d: expected stride to be a whole number of at least 1, got 0/,
    },
    {
      name: "a weight of three axes",
      call: (device) => conv2d(image(device, 1, 3, 4, 3), image(device, 3, 3, 3)),
      error: ShapeError,
      message: /^conv2d: expected a weight of four axes, got \[3, 3, 3\]/,
    },
  ],
});
