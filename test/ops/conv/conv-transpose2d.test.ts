import { ShapeError } from "../../../src/errors.js";
import { convTranspose2d, type ConvTranspose2dOptions } from "../../../src/ops/conv/conv-transpose2d.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { convVariantNames } from "../../support/conv-variants.js";
import { useGpu } from "../../support/device.js";
import { at, build, type Values } from "../../support/float64.js";
import type { Sample } from "../../support/op-case.js";
import { testOp } from "../../support/op-runner.js";

const gpu = useGpu({ guarded: true });

/** Every output pixel gathers the input pixels that the definition scatters to it. */
function reference(x: Values, weight: Values, bias: Values | undefined, options: ConvTranspose2dOptions): Values {
  const { stride = 1, padding = 0, outputPadding = 0 } = options;
  const [n = 0, h = 0, w = 0, channels = 0] = x.shape;
  const [kh = 0, kw = 0, outChannels = 0] = weight.shape;
  const extent = (size: number, kernel: number): number => (size - 1) * stride - 2 * padding + kernel + outputPadding;
  return build([n, extent(h, kh), extent(w, kw), outChannels], (image = 0, oy = 0, ox = 0, o = 0) => {
    let sum = bias ? at(bias, o) : 0;
    for (let y = 0; y < h; y++) {
      const ky = oy + padding - y * stride;
      if (ky < 0 || ky >= kh) continue;
      for (let column = 0; column < w; column++) {
        const kx = ox + padding - column * stride;
        if (kx < 0 || kx >= kw) continue;
        for (let c = 0; c < channels; c++) sum += at(x, image, y, column, c) * at(weight, ky, kx, o, c);
      }
    }
    return sum;
  });
}

type Case = readonly [
  name: string,
  x: readonly [n: number, h: number, w: number, c: number],
  kernel: readonly [kh: number, kw: number, o: number],
  options: ConvTranspose2dOptions,
  withoutBias?: "no bias",
];

const cases: readonly Case[] = [
  ["1×1, one pixel", [1, 1, 1, 4], [1, 1, 4], {}],
  ["3×3 stride 1", [2, 3, 4, 3], [3, 3, 5], { padding: 1 }],
  ["3×3 stride 1, several tiles of 4×4", [1, 5, 3, 12], [3, 3, 8], { padding: 1 }],
  ["3×3 stride 2, an upsampling layer", [2, 3, 4, 8], [3, 3, 4], { stride: 2, padding: 1, outputPadding: 1 }],
  ["3×3 stride 2, no output padding", [1, 4, 3, 5], [3, 3, 8], { stride: 2, padding: 1 }, "no bias"],
  ["3×3 stride 3, 1 channel", [1, 3, 2, 1], [3, 3, 1], { stride: 3, padding: 1, outputPadding: 2 }],
  ["2×2 stride 3: gaps that only the bias fills", [1, 3, 3, 4], [2, 2, 4], { stride: 3, outputPadding: 2 }],
  ["4×4 stride 2", [1, 3, 5, 4], [4, 4, 3], { stride: 2, padding: 1 }, "no bias"],
  ["4×4 stride 2 to three channels, remainders", [2, 3, 2, 8], [4, 4, 3], { stride: 2, padding: 1, outputPadding: 1 }],
  ["three and five tiles of channels", [1, 3, 2, 12], [2, 2, 20], { stride: 2 }],
  ["two tiles of channels, each of 8", [2, 2, 3, 16], [3, 3, 16], { stride: 2, padding: 1, outputPadding: 1 }],
  ["3×2 kernel stride 2, padding 2", [2, 4, 5, 4], [3, 2, 8], { stride: 2, padding: 2, outputPadding: 1 }],
];

const samples = cases.map(
  ([name, shape, [kh, kw, o], options, withoutBias]): Sample<"x" | "weight", "bias", ConvTranspose2dOptions> => {
    const inputs = { x: { shape }, weight: { shape: [kh, kw, o, shape[3]] } };
    return { name, inputs: withoutBias ? inputs : { ...inputs, bias: { shape: [o] } }, attrs: options };
  },
);

testOp<"x" | "weight", "bias", ConvTranspose2dOptions>(gpu, {
  name: "convTranspose2d",
  parameters: ["weight", "bias"],
  run: ({ x, weight, bias }, options) => convTranspose2d(x, weight, bias, options),
  reference: ({ x, weight, bias }, options) => reference(x, weight, bias, options),
  terms({ x, weight }, { stride = 1 }) {
    const [n = 0, h = 0, w = 0] = x.shape;
    const [kh = 0, kw = 0, o = 0, c = 0] = weight.shape;
    // db sums over the output's pixels, about stride² times the input's.
    return { forward: kh * kw * c + 1, gradient: Math.max(kh * kw * o, n * h * w * stride * stride * 2) };
  },
  linear: ["x", "weight", "bias"],
  variants: convVariantNames,
  samples,
  errors: [
    {
      name: "an output padding as large as the stride",
      call: (device) =>
        convTranspose2d(Tensor.zeros(device, [1, 2, 2, 4]), Tensor.zeros(device, [3, 3, 4, 4]), undefined, {
          stride: 2,
          outputPadding: 2,
        }),
      error: ShapeError,
      message: /^convTranspose2d: expected outputPadding below stride 2, got 2/,
    },
    {
      name: "a weight for other channels",
      call: (device) => convTranspose2d(Tensor.zeros(device, [1, 2, 2, 4]), Tensor.zeros(device, [3, 3, 4, 8])),
      error: ShapeError,
      message: /^convTranspose2d: expected a weight for 4 input channels, got 8/,
    },
    {
      name: "a padding that leaves nothing",
      call: (device) =>
        convTranspose2d(Tensor.zeros(device, [1, 1, 1, 4]), Tensor.zeros(device, [3, 3, 4, 4]), undefined, {
          padding: 2,
        }),
      error: ShapeError,
      message: /^convTranspose2d: expected a result of at least one pixel, got -1 × -1/,
    },
  ],
});
