/** The work that the tuner measures: products of convolutions, by name. */
import type { Gpu } from "../gpu/gpu.js";
import { convFlops, type ConvGeometry } from "../ops/conv/geometry.js";
import type { ConvPass } from "../ops/conv/pass.js";
import { convVariants, fittingVariants, pickVariant, runPass } from "../ops/conv/variants.js";
import { Random } from "../random.js";
import { sizeOf, type Shape } from "../shape.js";
import { Tensor } from "../tensor/tensor.js";

/** The product of a pass over given sizes, as named in `gpu.choices`. */
export interface ConvWork {
  readonly key: string;
  readonly pass: ConvPass;
  readonly g: ConvGeometry;
  /** Floating-point operations. */
  readonly flops: number;
}

/** A variant that can compute the work. */
export interface Candidate {
  readonly variant: string;
  /** Records the work once. */
  readonly run: () => void;
}

const KEY = /^(forward|transposed|weightGrad) (\d+)x(\d+)x(\d+)x(\d+) (\d+)x(\d+)\/(\d+)\+(\d+)(r?) (\d+)x(\d+)x(\d+)$/;
/** Random values, repeated: a prime number of them, so that rows of every width begin at different values. */
const BLOCK = 65_537;

/** The work that a key names, or undefined if it names none. The inverse of `convKey`. */
export function parseConvKey(key: string): ConvWork | undefined {
  const match = KEY.exec(key);
  const pass = match?.[1];
  if (!match || (pass !== "forward" && pass !== "transposed" && pass !== "weightGrad")) return undefined;
  const at = (index: number): number => Number(match[index]);
  const [n, height, width, channels] = [at(2), at(3), at(4), at(5)];
  const [kernelHeight, kernelWidth, stride, padding] = [at(6), at(7), at(8), at(9)];
  const reflect = match[10] ? 1 : 0;
  const [outHeight, outWidth, outChannels] = [at(11), at(12), at(13)];
  const wide = { n, height, width, channels, kernelHeight, kernelWidth, stride, padding, reflect } as const;
  const g: ConvGeometry = { ...wide, outHeight, outWidth, outChannels };
  return { key, pass, g, flops: convFlops(g) };
}

/** The variants of a pass by name, whether or not they fit. */
export function variantNames(pass: ConvPass): string[] {
  return Object.keys(convVariants[pass]);
}

/** The variants that fit this device, with operands in the open scope. The variant taken without a choice comes first. */
export function candidatesFor(gpu: Gpu, work: ConvWork): Candidate[] {
  const { pass, g } = work;
  const random = new Random(1).stream(pass);
  const block = Float32Array.from({ length: BLOCK }, () => 2 * random.uniform() - 1);
  const operand = (label: string, shape: Shape): Tensor => {
    const values = new Float32Array(sizeOf(shape));
    for (let start = 0; start < values.length; start += BLOCK) {
      values.set(block.subarray(0, Math.min(BLOCK, values.length - start)), start);
    }
    return Tensor.from(gpu, shape, values, label);
  };
  const wide = operand("wide", [g.n, g.height, g.width, g.channels]);
  const narrow = operand("narrow", [g.n, g.outHeight, g.outWidth, g.outChannels]);
  const weight = operand("weight", [g.kernelHeight, g.kernelWidth, g.channels, g.outChannels]);
  const compute = (variant: string): void => {
    if (pass === "weightGrad") runPass(gpu, pass, g, { x: wide, dy: narrow, dw: weight }, variant);
    else if (pass === "forward") runPass(gpu, pass, g, { x: wide, w: weight, bias: undefined, y: narrow }, variant);
    else runPass(gpu, pass, g, { x: narrow, w: weight, bias: undefined, y: wide }, variant);
  };
  const usual = pickVariant(gpu, pass, g);
  const ranked = fittingVariants(gpu, pass, g).toSorted((a, b) => Number(b === usual) - Number(a === usual));
  return ranked.map((variant) => ({ variant, run: () => compute(variant) }));
}
