/** The networks of the plain GAN, with their first weights. */
import type { Gpu } from "../../gpu/gpu.js";
import type { Random } from "../../random.js";
import type { Network } from "../networks/build.js";
import { buildDcganDiscriminator, buildDcganGenerator } from "../networks/dcgan.js";
import { withFirstWeights } from "../parts/first-weights.js";
import type { GanOptions } from "./options.js";

/** G: noise → images. D judges whole images. */
export interface Networks {
  readonly G: Network;
  readonly D: Network;
}

/** Kernels start as N(0, 0.02²), scales of batch norms as N(1, 0.02²). Source: arXiv 1511.06434, section 4. */
const FIRST_WEIGHTS = { initType: "normal", initGain: 0.02 } as const;

/** Both networks with their first weights. Their batch norms track running statistics. */
export function buildNetworks(gpu: Gpu, { nc, nz, ngf, ndf, cropSize: imageSize }: GanOptions, random: Random): Networks {
  const networks = {
    G: buildDcganGenerator(gpu, { nc, nz, ngf, imageSize }),
    D: buildDcganDiscriminator(gpu, { nc, ndf, imageSize }),
  };
  return withFirstWeights(networks, FIRST_WEIGHTS, random);
}
