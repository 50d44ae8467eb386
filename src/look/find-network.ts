/** Finds the network to look into, in a run or a file of weights. */
import { statSync } from "node:fs";
import { isChannels, MOST_CHANNELS } from "../data/image.js";
import { CheckpointError, UsageError } from "../errors.js";
import { explainDifferences } from "../io/differences.js";
import { readWeightFile } from "../io/read-weights.js";
import type { StoredTensor } from "../io/safetensors.js";
import { describeNetwork, type KnownNetwork, type NetworkKind } from "../models/networks/describe.js";
import { generatorSides } from "../models/networks/generator.js";
import { discriminatorLeast } from "../models/networks/patch-gan.js";
import { recognise, type RecognisedNetwork } from "../models/networks/recognise.js";
import { readRunConfig } from "../run/folder.js";
import { isReferenceFolder, networkFiles } from "../run/network-files.js";
import { modelOf, type TrainConfig } from "../run/options.js";
import { modelPath } from "../run/shipped.js";

/** A network whose input is an image. */
export type SeeingNetwork = Exclude<KnownNetwork, { readonly kind: "dcgan generator" }>;

export interface FoundNetwork {
  readonly network: SeeingNetwork;
  /** Such as `D_A`; of a file, what precedes its parameters' names, which may be empty. */
  readonly name: string;
  /** Path of the file of weights. */
  readonly weights: string;
  /** Its tensors under the reference's names. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The channels of its input: of one image, or of both of a pair. */
  readonly inputs: readonly number[];
  /** The settings of the training; absent unless the model is a run. */
  readonly trained?: TrainConfig;
}

export interface NetworkOptions {
  /**
   * Folder of a run, such as runs/zebra; a checkpoints folder of the reference; a .pth or .safetensors file; or the name of a generator
   * that comes with the package, such as `emoji`.
   */
  readonly model: string;
  /**
   * The network, such as `D_A`; of a file with several, the beginning of its parameters' names. By default the only one, that of a run
   * which translates, or the discriminator of one that makes images from noise.
   */
  readonly network?: string;
  /** `latest` (default), `best` (on held-out images), or the number of an epoch whose weights were kept. */
  readonly epoch?: string;
}

/** Throws a UsageError for the options, a CheckpointError unless there is exactly one such network and it is complete. */
export async function findNetwork(options: NetworkOptions): Promise<FoundNetwork> {
  const { epoch = "latest", network: name } = options;
  const model = modelPath(options.model);
  if (!/^\w+$/.test(epoch)) throw new UsageError(`--epoch: expected a number, latest or best, got "${epoch}".`);
  if (!statSync(model, { throwIfNoEntry: false })?.isFile()) return networkOfFolder({ ...options, model }, epoch);
  if (epoch !== "latest") throw new UsageError(`--epoch only works if --model is the folder of a run, not the file ${model}.`);
  const { networks } = recognise((await readWeightFile(model)).tensors);
  const found = onlyOne(networks.filter(({ prefix }) => name === undefined || prefix.includes(name)));
  if (found) return checked(found, found.prefix, model, undefined);
  if (networks.length === 0) throw new CheckpointError(`${model}: expected the weights of a network, got tensors of no known network.`);
  const prefixes = networks.slice(0, 6).map(({ prefix }) => prefix).join(", ");
  throw new UsageError(`--network: expected the beginning of one network's names in ${model}, ${prefixes}, got ${name ?? "none"}.`);
}

/** The only network whose input is an image or, if there is none, any other one, for a message. */
function onlyOne(networks: readonly RecognisedNetwork[]): RecognisedNetwork | undefined {
  const [found, ...more] = networks.filter(({ network }) => isSeeing(network));
  return more.length === 0 ? (found ?? networks[0]) : undefined;
}

async function networkOfFolder({ model, network: wanted }: NetworkOptions, epoch: string): Promise<FoundNetwork> {
  const trained = isReferenceFolder(model) ? undefined : readRunConfig(model);
  const files = networkFiles(model, epoch);
  const name = wanted ?? usualNetwork(Object.keys(files), trained);
  const path = files[name];
  if (path === undefined) throw new UsageError(`--network: expected a network of ${model}, ${Object.keys(files).join(", ")}, got ${name}.`);
  const { networks } = recognise((await readWeightFile(path)).tensors);
  const found = onlyOne(networks);
  if (found) return checked(found, name, path, trained);
  throw new CheckpointError(`${path}: expected the weights of one network, got tensors of ${networks.length}.`);
}

/** The network of a folder that is looked into if none is named. */
function usualNetwork(names: readonly string[], trained: TrainConfig | undefined): string {
  const model = trained && modelOf(trained);
  const translators = model && trained ? Object.values(model.translators(trained)) : ["G_A", "G"];
  return translators.find((name) => names.includes(name)) ?? names.find((name) => name !== model?.sampler) ?? names[0] ?? "";
}

function isSeeing(network: NetworkKind): network is SeeingNetwork {
  return network.kind !== "unknown" && network.kind !== "dcgan generator";
}

function checked(found: RecognisedNetwork, name: string, weights: string, trained: TrainConfig | undefined): FoundNetwork {
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
  const inputs = inputsOf(network, weights, trained);
  return { network, name, weights, tensors, inputs, ...(trained && { trained }) };
}

/** The channels of the images that a network sees: a discriminator of pairs sees two. That of a file is taken for one if it fits gray or RGB. */
function inputsOf(network: SeeingNetwork, weights: string, trained: TrainConfig | undefined): readonly number[] {
  const count = network.kind === "dcgan discriminator" ? network.sizes.nc : network.sizes.inputNc;
  const pair: Readonly<Record<string, number>> = trained ? modelOf(trained).channels(trained) : count === 2 ? { A: 1, B: 1 } : { A: 3, B: 3 };
  const { A: a = 0, B: b = 0 } = pair;
  if (network.kind === "discriminator" && a > 0 && b > 0 && a + b === count) return [a, b];
  if (isChannels(count)) return [count];
  throw new CheckpointError(`${weights}: expected a network that sees images of 1 to ${MOST_CHANNELS} channels, or pairs of them, got one of ${count}.`);
}

/** The sides of a network's images must be multiples of `multiple`, at least `least` and at most `most`, in pixels. */
export interface Sides {
  readonly multiple: number;
  readonly least: number;
  readonly most: number;
}

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
