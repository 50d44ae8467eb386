import type { Gpu } from "../../gpu/gpu.js";
import type { ConvGeometry } from "./geometry.js";
import * as direct from "./direct.js";
import * as subgroup from "./subgroup.js";
import { tiled, tiledBySize } from "./tiled.js";
import type { ConvOperands, ConvVariant, WeightGradOperands } from "./variant.js";
import { winograd, winogradByMatrix, winogradBySize } from "./winograd.js";

type Variants<Operands> = Readonly<Record<string, ConvVariant<Operands>>>;

const anywhere = (): boolean => true;

/** The ways of each pass, the one to prefer first. */
export const convVariants = {
  forward: {
    winograd: winograd.forward,
    subgroup: { fits: subgroup.fits, run: subgroup.forward },
    tiled: tiled.forward,
    direct: { fits: anywhere, run: direct.forward },
    // Beyond the one that fits everywhere: chosen by measurement alone.
    ...tiledBySize.forward,
    ...winogradBySize.forward,
    "winograd/matrix": winogradByMatrix.forward,
  },
  transposed: {
    winograd: winograd.transposed,
    subgroup: { fits: subgroup.fits, run: subgroup.transposed },
    tiled: tiled.transposed,
    direct: { fits: anywhere, run: direct.transposed },
    // Beyond the one that fits everywhere: chosen by measurement alone.
    ...tiledBySize.transposed,
    ...winogradBySize.transposed,
    "winograd/matrix": winogradByMatrix.transposed,
  },
  weightGrad: {
    winograd: winograd.weightGrad,
    subgroup: { fits: subgroup.fits, run: subgroup.weightGrad },
    tiled: tiled.weightGrad,
    direct: { fits: anywhere, run: direct.weightGrad },
    // Beyond the one that fits everywhere: chosen by measurement alone.
    ...tiledBySize.weightGrad,
    ...winogradBySize.weightGrad,
    "winograd/matrix": winogradByMatrix.weightGrad,
  },
} as const satisfies {
  readonly forward: Variants<ConvOperands>;
  readonly transposed: Variants<ConvOperands>;
  readonly weightGrad: Variants<WeightGradOperands>;
};

export type ConvPass = keyof typeof convVariants;

/** The name of a pass over given sizes, which what was measured for it is kept under. */
export function convKey(pass: ConvPass, g: ConvGeometry): string {
  const kernel = `${g.kernelHeight}x${g.kernelWidth}/${g.stride}+${g.padding}${g.reflect ? "r" : ""}`;
  return `${pass} ${g.n}x${g.height}x${g.width}x${g.channels} ${kernel} ${g.outHeight}x${g.outWidth}x${g.outChannels}`;
}

/** The way to compute a pass: what was chosen for it on this device, else the first that fits and pays. */
export function pickVariant<Operands>(gpu: Gpu, pass: ConvPass, g: ConvGeometry, variants: Variants<Operands>): ConvVariant<Operands> {
  const chosen = variants[gpu.choices.get(convKey(pass, g)) ?? ""];
  if (chosen?.fits(gpu, g)) return chosen;
  const fitting = Object.values(variants).find(({ fits, pays }) => fits(gpu, g) && (pays?.(g) ?? true));
  if (!fitting) throw new Error(`${convKey(pass, g)}: no variant fits.`);
  return fitting;
}
