import { isChannels, MOST_CHANNELS } from "../../data/image.js";
import { CheckpointError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { explainDifferences } from "../../io/differences.js";
import { describeNetwork, type KnownNetwork, type NetworkKind } from "./describe.js";
import { recognise, type RecognisedNetwork } from "./recognise.js";
import type { StoredTensor } from "../../io/safetensors.js";
import { importWeights } from "../../io/weights.js";
import { releaseModule } from "../../nn/module.js";
import { buildGenerator, inUse, type Generator, type GeneratorOptions } from "./generator.js";

/** The direction of translation. */
export type Direction = "AtoB" | "BtoA";

type Tensors = ReadonlyMap<string, StoredTensor>;

/** A generator found among the tensors of a file, or an FCN, whose output channels are classes. */
export interface RecognisedGenerator {
  readonly generator: GeneratorOptions;
  /** The prefix of its tensors' names in the file. */
  readonly prefix: string;
  /** These tensors under the reference's names. */
  readonly tensors: Tensors;
  /** Names in the file that belong to no network. */
  readonly others: readonly string[];
}

/**
 * The generator among the tensors of a file. If there are several, the one whose name, such as G_A or netG_B, is that of the
 * direction.
 *
 * Throws a CheckpointError that begins with `where` if there is none or more than one, if it is not complete, or if it is named
 * for the other direction.
 */
export function recogniseGenerator(all: Tensors, where: string, direction: Direction): RecognisedGenerator {
  const { networks, others } = recognise(all);
  const { prefix, network, tensors, ...differences } = onlyGenerator(networks, where, direction);
  const odd = explainDifferences(differences);
  if (!translates(network)) {
    const [wanted, advice] = network.kind === "dcgan generator" ? [" that translates", ' "cyclegan sample" makes images with it.'] : ["", ""];
    throw new CheckpointError(`${where}: expected the weights of a generator${wanted}, got ${describeNetwork(network)}.${advice}`);
  }
  if (odd !== undefined) throw new CheckpointError(`${where}: expected the weights of ${describeNetwork(network)}, got others: ${odd}`);
  const { inputNc, outputNc } = network.sizes;
  if (isChannels(inputNc) && (network.kind === "segmenter" || isChannels(outputNc))) {
    return { generator: network.sizes, prefix, tensors, others };
  }
  throw new CheckpointError(`${where}: expected a generator of images of 1 to ${MOST_CHANNELS} channels, got one from ${inputNc} to ${outputNc}.`);
}

/**
 * Builds the generator in a file from its tensors, as `readWeightBytes` returns them. Its kind, blocks, width and norm are
 * recognised by names and shapes. It computes as in `evaluating`.
 *
 * `where` is the name of the file for messages. `direction`, by default AtoB, selects one if the file has both. Throws as
 * `recogniseGenerator`, and for values that are not finite.
 */
export function generatorFromWeights(gpu: Gpu, all: Tensors, where: string, direction: Direction = "AtoB"): Generator {
  const { generator: options, tensors } = recogniseGenerator(all, where, direction);
  const generator = buildGenerator(gpu, options);
  try {
    importWeights(generator, tensors, where);
    return inUse(generator);
  } catch (error) {
    releaseModule(generator);
    throw error;
  }
}

function translates(network: NetworkKind): network is KnownNetwork & { readonly kind: "generator" | "segmenter" } {
  return network.kind === "generator" || network.kind === "segmenter";
}

const generatorNames = { AtoB: "G_A", BtoA: "G_B" } as const;

function onlyGenerator<T extends RecognisedNetwork>(networks: readonly T[], where: string, direction: Direction): T {
  const generators = networks.filter(({ network }) => translates(network));
  const wanted = generatorNames[direction];
  const named = generators.filter(({ prefix }) => prefix.includes(wanted));
  if (named.length === 0) refuseOther(generators, where, direction);
  const [found, ...more] = named.length > 0 ? named : generators.length > 0 ? generators : networks;
  if (found && more.length === 0) return found;
  if (!found) throw new CheckpointError(`${where}: expected the weights of a generator, got tensors of no known network.`);
  throw new CheckpointError(
    `${where}: expected one generator, or one whose names begin with ${wanted}, got ${more.length + 1} networks: ` +
      `${prefixes([found, ...more])}. Extract one with "cyclegan convert --network".`,
  );
}

/** Throws if all generators are named for the other direction. */
function refuseOther(generators: readonly RecognisedNetwork[], where: string, direction: Direction): void {
  const other = direction === "AtoB" ? "BtoA" : "AtoB";
  if (generators.length === 0 || generators.some(({ prefix }) => !prefix.includes(generatorNames[other]))) return;
  throw new CheckpointError(
    `${where}: expected the generator ${generatorNames[direction]} for ${direction}, got only ${prefixes(generators)} for ${other}. ` +
      `Use --direction ${other}, or extract it with "cyclegan convert --network", which removes the prefix.`,
  );
}

function prefixes(networks: readonly RecognisedNetwork[]): string {
  return networks.slice(0, 6).map(({ prefix }) => prefix).join(", ");
}
