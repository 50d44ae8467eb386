/** The table of variants that compute the product of each pass, and the one place that picks from it. */
import type { Gpu } from "../../gpu/gpu.js";
import * as direct from "./direct.js";
import { folding } from "./fold.js";
import type { ConvGeometry } from "./geometry.js";
import type { ConvOperands, ConvPass, ConvVariant, OperandsOf, WeightGradOperands } from "./pass.js";
import { withSplits } from "./splits.js";
import * as subgroup from "./subgroup.js";
import { tiled, tiledBySize } from "./tiled.js";
import { winograd, winogradByMatrix, winogradBySize } from "./winograd.js";

type Variants<Operands> = Readonly<Record<string, ConvVariant<Operands>>>;

const anywhere = (): boolean => true;

/**
 * The variants of each pass, in the order in which they are tried. `direct` fits everywhere, so those after it are only taken if
 * they were chosen for the device.
 */
export const convVariants = {
  forward: {
    winograd: winograd.forward,
    subgroup: { fits: subgroup.fits, run: subgroup.forward },
    tiled: tiled.forward,
    direct: { fits: anywhere, run: direct.forward },
    ...tiledBySize.forward,
    ...winogradBySize.forward,
    "winograd/matrix": winogradByMatrix.forward,
  },
  transposed: {
    winograd: winograd.transposed,
    subgroup: { fits: subgroup.fits, run: subgroup.transposed },
    tiled: tiled.transposed,
    direct: { fits: anywhere, run: direct.transposed },
    ...tiledBySize.transposed,
    ...winogradBySize.transposed,
    "winograd/matrix": winogradByMatrix.transposed,
  },
  weightGrad: {
    winograd: winograd.weightGrad,
    subgroup: { fits: subgroup.fits, run: subgroup.weightGrad },
    tiled: tiled.weightGrad,
    direct: { fits: anywhere, run: direct.weightGrad },
    ...tiledBySize.weightGrad,
    ...winogradBySize.weightGrad,
    "winograd/matrix": winogradByMatrix.weightGrad,
  },
} as const satisfies {
  readonly forward: Variants<ConvOperands>;
  readonly transposed: Variants<ConvOperands>;
  readonly weightGrad: Variants<WeightGradOperands>;
};

const table: { readonly [Pass in ConvPass]: Variants<OperandsOf[Pass]> } = convVariants;

/** The name of a product over given sizes. Measurements are kept under it. */
export function convKey(pass: ConvPass, g: ConvGeometry): string {
  const kernel = `${g.kernelHeight}x${g.kernelWidth}/${g.stride}+${g.padding}${g.reflect ? "r" : ""}`;
  return `${pass} ${g.n}x${g.height}x${g.width}x${g.channels} ${kernel} ${g.outHeight}x${g.outWidth}x${g.outChannels}`;
}

/** A variant picked for a product, and why. */
export interface Picked {
  readonly variant: string;
  /** True if it was chosen for this device, by measurement or by hand, rather than by the order of the table. */
  readonly chosen: boolean;
  /** The variants before it in the table, and why each was passed over. */
  readonly passedOver: readonly { readonly variant: string; readonly reason: "does not fit" | "does not pay" }[];
}

/** The variant that computes a product: the one chosen for it on this device, or else the first that fits and pays. */
export function explainPick(gpu: Gpu, pass: ConvPass, g: ConvGeometry): Picked {
  const chosen = gpu.choices.get(convKey(pass, g));
  const variants: Variants<never> = table[pass];
  if (chosen !== undefined && variants[chosen]?.fits(gpu, g)) return { variant: chosen, chosen: true, passedOver: [] };
  const passedOver: { variant: string; reason: "does not fit" | "does not pay" }[] = [];
  for (const [name, { fits, pays }] of Object.entries(variants)) {
    const fit = fits(gpu, g);
    if (fit && (pays?.(g) ?? true)) return { variant: name, chosen: false, passedOver };
    passedOver.push({ variant: name, reason: fit ? "does not pay" : "does not fit" });
  }
  throw new Error(`${convKey(pass, g)}: no variant fits.`);
}

/** The name of the variant that computes a product: see `explainPick`. */
export function pickVariant(gpu: Gpu, pass: ConvPass, g: ConvGeometry): string {
  return explainPick(gpu, pass, g).variant;
}

/** The names of all variants that fit this device and these sizes. */
export function fittingVariants(gpu: Gpu, pass: ConvPass, g: ConvGeometry): string[] {
  const variants: Variants<never> = table[pass];
  return Object.entries(variants).flatMap(([name, { fits }]) => (fits(gpu, g) ? [name] : []));
}

/** Computes the product of a pass, by `name` or by the variant picked for it. */
export function runPass<Pass extends ConvPass>(
  gpu: Gpu,
  pass: Pass,
  g: ConvGeometry,
  operands: OperandsOf[Pass],
  name = pickVariant(gpu, pass, g),
): void {
  const variant = table[pass][name];
  if (!variant) throw new RangeError(`${pass}: there is no variant ${name}.`);
  runners[pass](gpu, g, operands, variant);
}

const runners: { readonly [Pass in ConvPass]: (gpu: Gpu, g: ConvGeometry, operands: OperandsOf[Pass], variant: ConvVariant<OperandsOf[Pass]>) => void } = {
  forward: (gpu, g, { y: result, adds = false, ...others }, variant) =>
    withSplits(gpu, 1, result, adds, (y) => variant.run(gpu, g, { ...others, y })),
  transposed(gpu, g, operands, variant) {
    if (variant.gathers) return variant.run(gpu, g, operands);
    const { y: to, adds = false, ...others } = operands;
    folding(gpu, g, { to, adds }, (h, out) => withSplits(gpu, 1, out.to, out.adds, (y) => variant.run(gpu, h, { ...others, y })));
  },
  weightGrad: (gpu, g, operands, variant) => variant.run(gpu, g, operands),
};
