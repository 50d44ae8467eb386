import type { ConvVariant } from "../../src/ops/conv/pass.js";
import { convVariants } from "../../src/ops/conv/variants.js";

/**
 * The names of all variants of a convolution, each with the factor by which it may amplify rounding errors. `winograd/matrix` has
 * its own test, because its rounding would hide the errors of a small sample.
 */
export const convVariantNames: ReadonlyMap<string, number> = new Map(
  Object.values(convVariants)
    .flatMap((variants): [string, ConvVariant<never>][] => Object.entries(variants))
    .filter(([name]) => name !== "winograd/matrix")
    .map(([name, { amplification = 1 }]) => [name, amplification]),
);
