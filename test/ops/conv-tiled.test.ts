import { beforeAll, expect, it } from "vitest";
import type { ConvGeometry } from "../../src/ops/conv-geometry.js";
import type { ConvOperands, ConvVariant, WeightGradOperands } from "../../src/ops/conv-variant.js";
import { convVariants, type ConvPass } from "../../src/ops/conv-variants.js";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor.js";
import { readGuarded, useGpu } from "../support/device.js";
import { reflected } from "../support/float64.js";

const gpu = useGpu({ guarded: true });

// What hardware is given, whatever adapter this is.
beforeAll(() => {
  Object.defineProperty(gpu(), "isCpu", { value: false });
});

type Sizes = readonly [
  name: string,
  wide: readonly [n: number, height: number, width: number, channels: number],
  kernel: readonly [height: number, width: number, outChannels: number],
  options: { readonly stride?: number; readonly padding?: number; readonly reflect?: true },
];

const SPLIT = "a depth of 540 or more in all passes, which is split";

const sizes: readonly Sizes[] = [
  ["one pixel, one vec4", [1, 1, 1, 4], [1, 1, 4], {}],
  ["several taps in a slice of the depth", [1, 5, 7, 4], [3, 3, 20], { padding: 1 }],
  ["taps that begin inside a slice", [2, 4, 5, 12], [3, 3, 36], { padding: 1 }],
  ["several tiles of pixels and of channels, both ragged", [2, 11, 13, 16], [1, 1, 140], {}],
  ["several tiles of inputs, ragged", [1, 3, 3, 60], [3, 3, 8], { padding: 1 }],
  [SPLIT, [1, 23, 24, 60], [3, 3, 60], { padding: 1 }],
  ["reflection, a residual block's layer", [2, 5, 6, 16], [3, 3, 16], { padding: 1, reflect: true }],
  ["reflection as wide as allowed", [1, 4, 3, 4], [5, 5, 8], { padding: 2, reflect: true }],
  ["stride 2, phases of 4, 2, 2 and 1 taps", [2, 7, 10, 16], [3, 3, 32], { stride: 2, padding: 1 }],
  ["4×4 stride 2, a discriminator's layer", [1, 8, 6, 20], [4, 4, 36], { stride: 2, padding: 1 }],
  ["stride 3 with phases of no tap", [1, 8, 8, 8], [2, 2, 12], { stride: 3 }],
  ["padding wider than the image", [1, 2, 3, 4], [7, 7, 4], { padding: 3 }],
];

function geometryOf([, [n, height, width, channels], [kernelHeight, kernelWidth, outChannels], options]: Sizes): ConvGeometry {
  const { stride = 1, padding = 0, reflect } = options;
  const outHeight = Math.floor((height + 2 * padding - kernelHeight) / stride) + 1;
  const outWidth = Math.floor((width + 2 * padding - kernelWidth) / stride) + 1;
  const sides = { n, height, width, channels, outHeight, outWidth, outChannels };
  return { ...sides, kernelHeight, kernelWidth, stride, padding, reflect: reflect ? 1 : 0 };
}

interface Results {
  readonly forward: Float32Array;
  readonly transposed: Float32Array;
  readonly weightGrad: Float32Array;
}

interface Problem {
  readonly g: ConvGeometry;
  readonly x: Float32Array;
  readonly w: Float32Array;
  readonly dy: Float32Array;
  readonly bias: Float32Array;
  readonly wideBias: Float32Array;
}

/** Whole numbers from −3 to 3, whose sums float32 holds exactly in any order: 552 products of at most 9 are below 2¹³. */
function makeProblem(one: Sizes): Problem {
  const g = geometryOf(one);
  const random = new Random(1).stream(one[0]);
  const draw = (size: number): Float32Array => Float32Array.from({ length: size }, () => random.integer(7) - 3);
  return {
    g,
    x: draw(g.n * g.height * g.width * g.channels),
    w: draw(g.kernelHeight * g.kernelWidth * g.channels * g.outChannels),
    dy: draw(g.n * g.outHeight * g.outWidth * g.outChannels),
    bias: draw(g.outChannels),
    wideBias: draw(g.channels),
  };
}

/** The three passes by one walk over all taps; a bias is added to the first two. */
function reference({ g, x, w, dy, bias, wideBias }: Problem): Results {
  const { channels, outChannels } = g;
  const forward = Float32Array.from(dy, (_, i) => bias[i % outChannels] ?? 0);
  const transposed = Float32Array.from(x, (_, i) => wideBias[i % channels] ?? 0);
  const weightGrad = new Float32Array(w.length);
  const source = (i: number, extent: number): number => (g.reflect ? reflected(i, extent) : i);
  const rows = g.n * g.outHeight * g.outWidth * g.kernelHeight * g.kernelWidth;
  for (let row = 0; row < rows; row++) {
    const tap = row % (g.kernelHeight * g.kernelWidth);
    const pixel = (row - tap) / (g.kernelHeight * g.kernelWidth);
    const oy = Math.floor(pixel / g.outWidth);
    const y = source((oy % g.outHeight) * g.stride + Math.floor(tap / g.kernelWidth) - g.padding, g.height);
    const column = source((pixel % g.outWidth) * g.stride + (tap % g.kernelWidth) - g.padding, g.width);
    if (y < 0 || y >= g.height || column < 0 || column >= g.width) continue;
    const from = ((Math.floor(oy / g.outHeight) * g.height + y) * g.width + column) * channels;
    for (let c = 0; c < channels; c++) {
      const value = x[from + c] ?? 0;
      for (let o = 0; o < outChannels; o++) {
        const weight = (tap * channels + c) * outChannels + o;
        const gradient = dy[pixel * outChannels + o] ?? 0;
        forward[pixel * outChannels + o]! += value * (w[weight] ?? 0);
        transposed[from + c]! += gradient * (w[weight] ?? 0);
        weightGrad[weight]! += value * gradient;
      }
    }
  }
  return { forward, transposed, weightGrad };
}

/** A pass on the device by one variant. */
async function run(pass: ConvPass, variant: string, { g, ...data }: Problem): Promise<Float32Array> {
  const device = gpu();
  using scope = device.scope(`${pass} ${variant}`);
  const upload = (values: Float32Array): Tensor => Tensor.from(device, [values.length], values, scope.name);
  const variants: Readonly<Record<string, ConvVariant<ConvOperands & WeightGradOperands>>> = convVariants[pass];
  const chosen = variants[variant];
  if (!chosen?.fits(device, g)) throw new Error(`${variant}: does not fit this device.`);
  const [x, w, dy] = [upload(data.x), upload(data.w), upload(data.dy)];
  const dw = Tensor.empty(device, w.shape, "dw");
  const [y, bias] = pass === "forward" ? [dy, data.bias] : [x, data.wideBias];
  const result = pass === "weightGrad" ? dw : Tensor.empty(device, y.shape, "y");
  chosen.run(device, g, { x: pass === "transposed" ? dy : x, w, bias: upload(bias), y: result, dy, dw });
  return readGuarded(result);
}

const passes = ["forward", "transposed", "weightGrad"] as const;
const tiles = Object.keys(convVariants.forward).filter((name) => name.startsWith("tiled/"));
const cases = sizes.flatMap((one) =>
  // A transposed pass is given the padded geometry and folds its result.
  passes.filter((pass) => pass !== "transposed" || !one[3].reflect).map((pass) => ({ name: one[0], pass, one })),
);

// The first case of a pass compiles five kernels, which takes a software adapter half a minute.
it.each(cases)("$pass, $name: every tile computes the exact sums", { timeout: 180_000 }, async ({ pass, one }) => {
  const problem = makeProblem(one);
  const expected = reference(problem)[pass];
  for (const variant of [...tiles, "tiled"]) {
    const { dispatches } = gpu().stats;
    const got = await run(pass, variant, problem);
    if (one[0] === SPLIT) expect(gpu().stats.dispatches - dispatches, "the product, and the sum of its splits").toBe(2);
    const wrong = got.findIndex((value, i) => value !== expected[i]);
    expect({ variant, wrong, got: got[wrong] }).toEqual({ variant, wrong: -1, got: undefined });
  }
});
