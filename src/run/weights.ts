/** Files of weights: those of a run, and any that a network is saved to or loaded from. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CheckpointError } from "../errors.js";
import { readWeights } from "../io/read-weights.js";
import { namedWithDropout, recognise } from "../models/networks/recognise.js";
import { writeSafetensors, type StoredTensor } from "../io/safetensors.js";
import { exportWeights, importWeights } from "../io/weights.js";
import type { WeightModule } from "../io/weights.js";
import { writeFilesWhole, writeFileWhole } from "../io/files.js";
import { weightWriter, writeWeightBytes } from "../models/networks/write-weight-bytes.js";

/**
 * The weights of one network: `tag` is `latest` or an epoch's number, as in the reference, or `best` for the best on held-out
 * images.
 */
function weightsPath(folder: string, tag: string, network: string): string {
  return join(folder, `${tag}_net_${network}.safetensors`);
}

/** Whether PyTorch's `.pth` files are written beside the others; default false. */
export interface WeightFormats {
  readonly pth?: boolean;
}

/** The files of all networks' weights under every tag, for `writeFilesWhole`. */
export async function weightFiles(
  folder: string,
  tags: readonly string[],
  networks: Readonly<Record<string, WeightModule>>,
  { pth = false }: WeightFormats = {},
): Promise<[path: string, content: Uint8Array][]> {
  const files: [string, Uint8Array][] = [];
  for (const [network, module] of Object.entries(networks)) {
    const tensors = await exportWeights(module);
    const content = writeSafetensors(tensors);
    const pickled = pth ? await writeWeightBytes(tensors, `${network}.pth`) : undefined;
    for (const tag of tags) {
      const path = weightsPath(folder, tag, network);
      files.push([path, content]);
      if (pickled) files.push([path.replace(/\.safetensors$/, ".pth"), pickled]);
    }
  }
  return files;
}

/** Writes the weights of all networks under every tag. A full disk leaves the older set. Throws a CheckpointError. */
export async function saveNetworks(
  folder: string,
  tags: readonly string[],
  networks: Readonly<Record<string, WeightModule>>,
  formats: WeightFormats = {},
): Promise<void> {
  writeFilesWhole(await weightFiles(folder, tags, networks, formats));
}

/**
 * Writes a network's weights to a file in the format that its extension names: see `writeWeightBytes`.
 *
 * Throws a UsageError for another extension, a CheckpointError for anything but a generator as .onnx, or if the file cannot
 * be written.
 */
export async function saveWeights(path: string, network: WeightModule): Promise<void> {
  const write = weightWriter(path);
  writeFileWhole(path, await write(await exportWeights(network), path));
}

/** The path of a run's weights. Throws a CheckpointError that lists the tags there are if these do not exist. */
export function findWeights(folder: string, tag: string, network: string): string {
  const name = weightsPath("", tag, network);
  const found = listFiles(folder);
  if (found.includes(name)) return join(folder, name);
  const suffix = weightsPath("", "", network);
  const tags = found.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
  throw new CheckpointError(
    `${folder}: expected the weights ${name}, got none. ` +
      (tags.length > 0 ? `--epoch can be ${tags.join(", ")}.` : "The run has not saved weights yet; train it first."),
  );
}

/**
 * Overwrites a network's parameters with those of a .safetensors or .pth file.
 *
 * `prefix`: what precedes the network's parameter names in the file. By default the file must hold one network, under any
 * prefix.
 */
export async function loadWeights(path: string, module: WeightModule, prefix?: string): Promise<void> {
  const all = await readWeights(path);
  importWeights(module, hasNamesOf(module, all) ? all : namedFor(module, networkIn(all, path, prefix)), path);
}

/** Whether the tensors are named as the module's parameters, as those of projection heads, which no recognition takes for one network. */
function hasNamesOf(module: WeightModule, tensors: ReadonlyMap<string, StoredTensor>): boolean {
  const names = [...module.parameters().keys()];
  return tensors.size === names.length && names.every((name) => tensors.has(name));
}

/** The tensors of a network without dropout layers, numbered as the module is: a ResNet may count them. */
function namedFor(module: WeightModule, tensors: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  const counts = [...module.parameters()].some(([name, { tensor }]) => tensor.shape.length === 4 && name.endsWith(".conv_block.6.weight"));
  return counts ? namedWithDropout(tensors) : tensors;
}

/** One network's tensors, named without a prefix such as `module.`, numbered as if it had no dropout layers. */
function networkIn(tensors: ReadonlyMap<string, StoredTensor>, path: string, prefix?: string): ReadonlyMap<string, StoredTensor> {
  const { networks, others } = recognise(tensors);
  if (prefix !== undefined) return networks.find((one) => one.prefix === prefix)?.tensors ?? tensors;
  const [found, ...more] = networks;
  if (found && more.length === 0 && others.length === 0) return found.tensors;
  if (more.length === 0) return tensors;
  const prefixes = networks.slice(0, 6).map((one) => JSON.stringify(one.prefix)).join(", ");
  throw new CheckpointError(
    `${path}: expected the weights of one network, got ${networks.length}, whose names begin with ${prefixes}. ` +
      'Extract one with "cyclegan convert --network".',
  );
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
