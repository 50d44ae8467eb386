/** The networks of the plain GAN, with their first weights. */
import type { Gpu } from "../../gpu/gpu.js";
import { initialise } from "../../nn/init.js";
import { titled } from "../../nn/module.js";
import type { Random } from "../../random.js";
import type { Network } from "../networks/build.js";
import { buildDcganDiscriminator, buildDcganGenerator } from "../networks/dcgan.js";
import type { GanOptions } from "./options.js";

/** G: noise → images. D judges whole images. */
export interface Networks {
  readonly G: Network;
  readonly D: Network;
}

/** Kernels start as N(0, 0.02²), scales of batch norms as N(1, 0.02²). Source: arXiv 1511.06434, section 4. */
const INITIAL_DEVIATION = 0.02;

/** Both networks with their first weights. Their batch norms track running statistics. */
export function buildNetworks(gpu: Gpu, { nc, nz, ngf, ndf, cropSize: imageSize }: GanOptions, random: Random): Networks {
  const networks = {
    G: named("G", buildDcganGenerator(gpu, { nc, nz, ngf, imageSize })),
    D: named("D", buildDcganDiscriminator(gpu, { nc, ndf, imageSize })),
  };
  for (const [name, network] of Object.entries(networks)) {
    initialise(network, "normal", INITIAL_DEVIATION, random.stream(name));
    for (const [parameter, { tensor }] of network.parameters()) tensor.label = `${name}.${parameter}`;
  }
  return networks;
}

function named(name: string, network: Network): Network {
  return { ...network, ...titled(name, network) };
}
