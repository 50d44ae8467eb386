import type { ConvVariant } from "../../src/ops/conv/pass.js";
import { convVariants } from "../../src/ops/conv/variants.js";

/**
 * The names of all ways to compute a convolution, and by how much each may amplify rounding; without those whose rounding
 * would hide any error of a small sample, and which have a test of their own.
 */
export const convVariantNames: ReadonlyMap<string, number> = new Map(
  Object.values(convVariants)
    .flatMap((variants): [string, ConvVariant<never>][] => Object.entries(variants))
    .filter(([name]) => name !== "winograd/matrix")
    .map(([name, { amplification = 1 }]) => [name, amplification]),
);
