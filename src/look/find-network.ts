/** Finds the network to look into, in a run or a file of weights. */
import { statSync } from "node:fs";
import { CheckpointError, UsageError } from "../errors.js";
import { readWeightFile } from "../io/read-weights.js";
import { recognise } from "../models/networks/recognise.js";
import { readRunConfig } from "../run/folder.js";
import { isReferenceFolder, networkFiles } from "../run/network-files.js";
import { modelOf, type TrainConfig } from "../run/options.js";
import { modelPath } from "../run/shipped.js";
import { onlyOne, seenNetwork, type SeenNetwork } from "./seen-network.js";

export interface FoundNetwork extends SeenNetwork {
  /** Such as `D_A`; of a file, what precedes its parameters' names, which may be empty. */
  readonly name: string;
  /** Path of the file of weights. */
  readonly weights: string;
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
  if (found) return { ...seenNetwork(found, model), name: found.prefix, weights: model };
  if (networks.length === 0) throw new CheckpointError(`${model}: expected the weights of a network, got tensors of no known network.`);
  const prefixes = networks.slice(0, 6).map(({ prefix }) => prefix).join(", ");
  throw new UsageError(`--network: expected the beginning of one network's names in ${model}, ${prefixes}, got ${name ?? "none"}.`);
}

async function networkOfFolder({ model, network: wanted }: NetworkOptions, epoch: string): Promise<FoundNetwork> {
  const trained = isReferenceFolder(model) ? undefined : readRunConfig(model);
  const files = networkFiles(model, epoch);
  const name = wanted ?? usualNetwork(Object.keys(files), trained);
  const path = files[name];
  if (path === undefined) throw new UsageError(`--network: expected a network of ${model}, ${Object.keys(files).join(", ")}, got ${name}.`);
  const { networks } = recognise((await readWeightFile(path)).tensors);
  const found = onlyOne(networks);
  if (found) {
    const seen = seenNetwork(found, path, trained && modelOf(trained).channels(trained));
    return { ...seen, name, weights: path, ...(trained && { trained }) };
  }
  throw new CheckpointError(`${path}: expected the weights of one network, got tensors of ${networks.length}.`);
}

/** The network of a folder that is looked into if none is named. */
function usualNetwork(names: readonly string[], trained: TrainConfig | undefined): string {
  const model = trained && modelOf(trained);
  const translators = model && trained ? Object.values(model.translators(trained)) : ["G_A", "G"];
  return translators.find((name) => names.includes(name)) ?? names.find((name) => name !== model?.sampler) ?? names[0] ?? "";
}
