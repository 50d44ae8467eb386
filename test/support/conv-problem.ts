import type { Gpu } from "../../src/gpu/gpu.js";
import type { ConvGeometry } from "../../src/ops/conv/geometry.js";
import type { ConvOperands, ConvPass, ConvVariant, WeightGradOperands } from "../../src/ops/conv/pass.js";
import { convVariants } from "../../src/ops/conv/variants.js";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { readGuarded, watchGuards } from "./device.js";
import { reflected } from "./float64.js";

/** The sizes of a convolution for testing variants. The numbers of channels are multiples of 4. */
export type ConvSizes = readonly [
  name: string,
  wide: readonly [n: number, height: number, width: number, channels: number],
  kernel: readonly [height: number, width: number, outChannels: number],
  options: { readonly stride?: number; readonly padding?: number; readonly reflect?: true },
];

export interface ConvProblem {
  readonly g: ConvGeometry;
  readonly x: Float32Array;
  readonly w: Float32Array;
  readonly dy: Float32Array;
  /** The biases of the forward pass and of the transposed pass. */
  readonly bias?: Float32Array;
  readonly wideBias?: Float32Array;
}

export const passes = ["forward", "transposed", "weightGrad"] as const satisfies readonly ConvPass[];

export function geometryOf([, [n, height, width, channels], [kernelHeight, kernelWidth, outChannels], options]: ConvSizes): ConvGeometry {
  const { stride = 1, padding = 0, reflect } = options;
  const outHeight = Math.floor((height + 2 * padding - kernelHeight) / stride) + 1;
  const outWidth = Math.floor((width + 2 * padding - kernelWidth) / stride) + 1;
  const sides = { n, height, width, channels, outHeight, outWidth, outChannels };
  return { ...sides, kernelHeight, kernelWidth, stride, padding, reflect: reflect ? 1 : 0 };
}

/** A problem with normal numbers, without biases. */
export function normalProblem(sizes: ConvSizes): ConvProblem {
  return plainProblem(sizes, (random) => random.normal());
}

function plainProblem(sizes: ConvSizes, draw: (random: Random) => number): ConvProblem {
  const g = geometryOf(sizes);
  const random = new Random(1).stream(sizes[0]);
  const some = (size: number): Float32Array => Float32Array.from({ length: size }, () => draw(random));
  return {
    g,
    x: some(g.n * g.height * g.width * g.channels),
    w: some(g.kernelHeight * g.kernelWidth * g.channels * g.outChannels),
    dy: some(g.n * g.outHeight * g.outWidth * g.outChannels),
  };
}

/** A problem with whole numbers from −3 to 3, and biases. In float32, sums below 2²⁴ are exact in any order. */
export function wholeProblem(sizes: ConvSizes): ConvProblem {
  const whole = (random: Random): number => random.integer(7) - 3;
  const problem = plainProblem(sizes, whole);
  const random = new Random(2).stream(sizes[0]);
  const some = (size: number): Float32Array => Float32Array.from({ length: size }, () => whole(random));
  return { ...problem, bias: some(problem.g.outChannels), wideBias: some(problem.g.channels) };
}

/** Computes the three passes in float64, in one loop over all taps. */
export function exactPasses({ g, x, w, dy, bias, wideBias }: ConvProblem): Readonly<Record<ConvPass, Float64Array>> {
  const { channels, outChannels } = g;
  const forward = Float64Array.from(dy, (_, i) => bias?.[i % outChannels] ?? 0);
  const transposed = Float64Array.from(x, (_, i) => wideBias?.[i % channels] ?? 0);
  const weightGrad = new Float64Array(w.length);
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

type AnyVariant = ConvVariant<ConvOperands & WeightGradOperands>;

export function variantOf(pass: ConvPass, name: string): AnyVariant | undefined {
  const variants: Readonly<Record<string, AnyVariant>> = convVariants[pass];
  return variants[name];
}

/** Runs a pass with one variant on a guarded device. Fails if it writes past the end of its result or of scratch memory. */
export async function runPass(gpu: Gpu, pass: ConvPass, variant: string, problem: ConvProblem): Promise<Float32Array> {
  let result: Float32Array | undefined;
  await watchGuards(gpu, async () => (result = await passOnDevice(gpu, pass, variant, problem)));
  return result ?? new Float32Array();
}

async function passOnDevice(gpu: Gpu, pass: ConvPass, variant: string, { g, ...data }: ConvProblem): Promise<Float32Array> {
  using scope = gpu.scope(`${pass} ${variant}`);
  const upload = (values: Float32Array): Tensor => Tensor.from(gpu, [values.length], values, scope.name);
  const chosen = variantOf(pass, variant);
  if (!chosen?.fits(gpu, g)) throw new Error(`${variant}: does not fit this device.`);
  const [x, w, dy] = [upload(data.x), upload(data.w), upload(data.dy)];
  const dw = Tensor.empty(gpu, w.shape, "dw");
  const [y, bias] = pass === "forward" ? [dy, data.bias] : [x, data.wideBias];
  const result = pass === "weightGrad" ? dw : Tensor.empty(gpu, y.shape, "y");
  chosen.run(gpu, g, { x: pass === "transposed" ? dy : x, w, bias: bias && upload(bias), y: result, dy, dw });
  return readGuarded(result);
}
