/** The networks of a CycleGAN, with their first weights. */
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Network } from "../networks/build.js";
import type { Random } from "../../random.js";
import { buildDiscriminator } from "../networks/patch-gan.js";
import { buildGenerator } from "../networks/generator.js";
import { generatorSizes } from "../parts/generator-options.js";
import { named, withFirstWeights } from "../parts/first-weights.js";
import type { CycleGANOptions } from "./options.js";

/** G_A: A → B and G_B: B → A; D_A judges domain B, D_B domain A. */
export interface Networks {
  readonly G_A: Network;
  readonly G_B: Network;
  readonly D_A: Network;
  readonly D_B: Network;
}

/** The four networks with their first weights. Throws a ShapeError for an identity loss between domains with different channels. */
export function buildNetworks(gpu: Gpu, options: CycleGANOptions, random: Random): Networks {
  const { inputNc, outputNc, lambdaIdentity } = options;
  if (lambdaIdentity > 0 && inputNc !== outputNc) {
    throw new ShapeError(
      `identity loss: expected the same number of channels in both domains, got ${inputNc} and ${outputNc}. Set lambdaIdentity to 0.`,
    );
  }
  const networks = {
    G_A: generator(gpu, options),
    G_B: generator(gpu, { ...options, inputNc: outputNc, outputNc: inputNc }),
    D_A: buildDiscriminator(gpu, { ...options, inputNc: outputNc }),
    D_B: buildDiscriminator(gpu, options),
  };
  return withFirstWeights(networks, options, random);
}

/** Generators for the averages of G_A and G_B. They have no activation checkpoints, because no gradient flows through them. */
export function buildAveragedGenerators(gpu: Gpu, options: CycleGANOptions): Pick<Networks, "G_A" | "G_B"> {
  const { inputNc, outputNc } = options;
  const plain = { ...options, checkpointActivations: false };
  return {
    G_A: named("G_A_ema", generator(gpu, plain)),
    G_B: named("G_B_ema", generator(gpu, { ...plain, inputNc: outputNc, outputNc: inputNc })),
  };
}

function generator(gpu: Gpu, options: CycleGANOptions): Network {
  return buildGenerator(gpu, { ...generatorSizes(options), checkpointActivations: options.checkpointActivations });
}
