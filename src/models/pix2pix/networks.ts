/** The networks of pix2pix, with their first weights. */
import type { Gpu } from "../../gpu/gpu.js";
import { DropoutMasks } from "../../nn/dropout.js";
import type { Random } from "../../random.js";
import type { Network } from "../networks/build.js";
import { buildGenerator } from "../networks/generator.js";
import { buildDiscriminator } from "../networks/patch-gan.js";
import { withFirstWeights } from "../parts/first-weights.js";
import { generatorSizes } from "../parts/generator-options.js";
import type { Pix2PixOptions } from "./options.js";

/** G: A → B. D judges pairs of A and B, joined along the channels. */
export interface Networks {
  readonly G: Network;
  readonly D: Network;
}

/** The sizes of the generator: its batch norms track running statistics. */
export function generatorSizesOf(options: Pix2PixOptions) {
  return generatorSizes({ ...options, trackRunningStats: options.norm === "batch" });
}

/** Both networks with their first weights, and the masks of the generator's dropout. */
export function buildNetworks(gpu: Gpu, options: Pix2PixOptions, random: Random): Networks & { readonly masks: DropoutMasks } {
  const { inputNc, outputNc, norm } = options;
  const masks = new DropoutMasks(random.stream("dropout"));
  const trackRunningStats = norm === "batch";
  const networks = {
    G: buildGenerator(gpu, { ...generatorSizesOf(options), dropoutMasks: masks }),
    D: buildDiscriminator(gpu, { ...options, inputNc: inputNc + outputNc, trackRunningStats }),
  };
  return { ...withFirstWeights(networks, options, random), masks };
}
