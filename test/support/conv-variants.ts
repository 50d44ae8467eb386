import type { ConvVariant } from "../../src/ops/conv-variant.js";
import { convVariants } from "../../src/ops/conv-variants.js";

/** The names of all ways to compute a convolution, and by how much each may amplify rounding. */
export const convVariantNames: ReadonlyMap<string, number> = new Map(
  Object.values(convVariants)
    .flatMap((variants): [string, ConvVariant<never>][] => Object.entries(variants))
    .map(([name, { amplification = 1 }]) => [name, amplification]),
);
