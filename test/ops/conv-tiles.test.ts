import { beforeAll } from "vitest";
import { conv2d, type Conv2dOptions } from "../../src/ops/conv2d.js";
import { useGpu } from "../support/device.js";
import { at, build, reflected } from "../support/float64.js";
import { testOp } from "../support/op-runner.js";

const gpu = useGpu({ guarded: true });

// Tiles and ranges are chosen by this; a software adapter would otherwise never run those of a GPU.
beforeAll(() => {
  Object.defineProperty(gpu(), "isCpu", { value: false });
});

testOp<"x" | "weight" | "bias", never, Conv2dOptions>(gpu, {
  name: "conv2d with a GPU's tiles",
  run: ({ x, weight, bias }, options) => conv2d(x, weight, bias, options),
  reference({ x, weight, bias }) {
    const [n = 0, h = 0, w = 0, channels = 0] = x.shape;
    return build([n, h, w, bias.data.length], (image = 0, oy = 0, ox = 0, o = 0) => {
      let sum = at(bias, o);
      for (let ky = 0; ky < 3; ky++) {
        for (let kx = 0; kx < 3; kx++) {
          const [row, column] = [reflected(oy + ky - 1, h), reflected(ox + kx - 1, w)];
          for (let c = 0; c < channels; c++) sum += at(x, image, row, column, c) * at(weight, ky, kx, c, o);
        }
      }
      return sum;
    });
  },
  terms({ x, weight }) {
    const [n = 0, h = 0, w = 0, c = 0] = x.shape;
    return { forward: 9 * c + 1, gradient: Math.max(4 * 9 * (weight.shape[3] ?? 0), n * h * w) };
  },
  linear: ["x", "weight", "bias"],
  // More than one workgroup, a remainder in every tile, and a bias gradient in two stages.
  samples: [
    {
      name: "3×3 reflect 1, 3 to 5 channels",
      inputs: { x: { shape: [1, 9, 11, 3] }, weight: { shape: [3, 3, 3, 5] }, bias: { shape: [5] } },
      attrs: { padding: 1, paddingMode: "reflect" },
    },
  ],
});
