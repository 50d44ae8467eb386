/** A network that is looked into, from recognised weights: its input is an image. */
import { isChannels, MOST_CHANNELS } from "../data/image.js";
import { CheckpointError, UsageError } from "../errors.js";
import { explainDifferences } from "../io/differences.js";
import type { StoredTensor } from "../io/safetensors.js";
import { describeNetwork, type KnownNetwork, type NetworkKind } from "../models/networks/describe.js";
import { generatorSides } from "../models/networks/generator.js";
import { discriminatorLeast } from "../models/networks/patch-gan.js";
import type { RecognisedNetwork } from "../models/networks/recognise.js";
import type { Sides } from "./sides.js";

/** A network whose input is an image. */
export type SeeingNetwork = Exclude<KnownNetwork, { readonly kind: "dcgan generator" }>;

export interface SeenNetwork {
  readonly network: SeeingNetwork;
  /** Its tensors under the reference's names. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The channels of its input: of one image, or of both of a pair. */
  readonly inputs: readonly number[];
}

export function isSeeing(network: NetworkKind): network is SeeingNetwork {
  return network.kind !== "unknown" && network.kind !== "dcgan generator";
}

/** The only network whose input is an image or, if there is none, any other one, for a message. */
export function onlyOne(networks: readonly RecognisedNetwork[]): RecognisedNetwork | undefined {
  const [found, ...more] = networks.filter(({ network }) => isSeeing(network));
  return more.length === 0 ? (found ?? networks[0]) : undefined;
}

/**
 * A recognised network, if it can be looked into. `channels`: those of the images of each domain in its training, if they are known.
 *
 * Throws a UsageError for a network whose input is no image, a CheckpointError for one that is unknown or incomplete, or whose input has
 * other channels.
 */
export function seenNetwork(found: RecognisedNetwork, weights: string, channels?: Readonly<Record<string, number>>): SeenNetwork {
  const { network, tensors, ...differences } = found;
  if (network.kind === "dcgan generator") {
    throw new UsageError(
      `${weights}: expected a network whose input is an image, got ${describeNetwork(network)}. Its input is noise, so there are no images to ` +
        "which it responds. Look into its discriminator, or make images with \"cyclegan sample\".",
    );
  }
  if (!isSeeing(network)) throw new CheckpointError(`${weights}: expected a network whose input is an image, got ${describeNetwork(network)}.`);
  const odd = explainDifferences(differences);
  if (odd !== undefined) throw new CheckpointError(`${weights}: expected the weights of ${describeNetwork(network)}, got others: ${odd}`);
  return { network, tensors, inputs: inputsOf(network, weights, channels) };
}

/** The channels of the images that a network sees: a discriminator of pairs sees two. Without `channels`, it is taken for one if its input fits two gray or RGB images. */
function inputsOf(network: SeeingNetwork, weights: string, channels: Readonly<Record<string, number>> | undefined): readonly number[] {
  const count = network.kind === "dcgan discriminator" ? network.sizes.nc : network.sizes.inputNc;
  const { A: a = 0, B: b = 0 } = channels ?? (count === 2 ? { A: 1, B: 1 } : { A: 3, B: 3 });
  if (network.kind === "discriminator" && a > 0 && b > 0 && a + b === count) return [a, b];
  if (isChannels(count)) return [count];
  throw new CheckpointError(`${weights}: expected a network that sees images of 1 to ${MOST_CHANNELS} channels, or pairs of them, got one of ${count}.`);
}

/** The sides that a network takes. */
export function sidesOf(network: SeeingNetwork): Sides {
  switch (network.kind) {
    case "generator":
    case "segmenter":
      return { ...generatorSides(network.sizes), most: Infinity };
    case "discriminator":
      return { multiple: 1, least: discriminatorLeast(network.sizes), most: Infinity };
    case "dcgan discriminator":
      return { multiple: 1, least: network.sizes.imageSize, most: network.sizes.imageSize };
  }
}
