import { existsSync, statSync } from "node:fs";
import { CheckpointError, UsageError } from "../errors.js";
import { readWeightFile } from "../io/read-weights.js";
import { recognise } from "../models/networks/recognise.js";
import { loadFloat32, storeFloat16, storeFloat32, type StoredTensor } from "../io/safetensors.js";
import { weightWriter } from "../models/networks/write-weight-bytes.js";
import { writeFileWhole } from "../io/files.js";
import { networkFiles } from "../run/network-files.js";
import { modelPath } from "../run/shipped.js";

export interface ConvertOptions {
  /** A .pth or .safetensors file, the folder of a run, a checkpoints folder of the reference, or the name of a generator of this package. */
  readonly from: string;
  /** The extension selects the format: .safetensors, .pth (or .pt), or .onnx for a generator that runs elsewhere. */
  readonly to: string;
  /**
   * The only network to convert: in a folder its name, such as "G_A"; in a file the prefix of its names, such as "models.G_A.".
   * By default all tensors of a file, with unchanged names.
   */
  readonly network?: string | undefined;
  /** Which weights of a folder: `latest` (default), `best`, or the number of an epoch. */
  readonly epoch?: string | undefined;
  /** Stores floats in 16 bits, in a .safetensors file of half the size; default false. Each value is rounded to 11 significant bits. */
  readonly half?: boolean;
  /** Whether a file at `to` may be replaced; default false. */
  readonly overwrite?: boolean;
}

export interface Conversion {
  readonly tensors: number;
  /** Changes and omissions, a sentence each. */
  readonly notes: readonly string[];
}

type Tensors = ReadonlyMap<string, StoredTensor>;

/**
 * Writes the tensors of a file in another format. Floats become float32, or float16 with `half`, and whole numbers stay as they
 * are. The running statistics that old files have for instance norm are left out.
 *
 * Throws a UsageError for another extension, and a CheckpointError for a damaged file, one that may not be replaced, or a value
 * that is too large for float16.
 */
export async function convertWeights(options: ConvertOptions): Promise<Conversion> {
  const { to, half = false, overwrite = false } = options;
  const write = weightWriter(to);
  if (half && !to.endsWith(".safetensors")) throw new UsageError(`--half only works with a .safetensors file, not ${to}.`);
  if (existsSync(to) && !overwrite) throw new CheckpointError(`${to}: expected a new file, got one that exists. Use --overwrite to replace it.`);
  const { from, network } = fileOf(options);
  const { tensors } = await readWeightFile(from);
  const { kept, notes } = select(tensors, network, from);
  const stored = new Map([...kept].map(([name, tensor]) => [name, storeFloats(tensor, half, `${from}: ${name}`)]));
  writeFileWhole(to, await write(stored, from));
  return { tensors: stored.size, notes };
}

/** The file to convert, and the prefix of the network to convert in it. Throws a CheckpointError or UsageError that lists a folder's networks. */
function fileOf({ from: model, network, epoch }: ConvertOptions): Pick<ConvertOptions, "from" | "network"> {
  const from = modelPath(model);
  if (!statSync(from, { throwIfNoEntry: false })?.isDirectory()) {
    if (epoch !== undefined) throw new UsageError("--epoch only works with a folder of weights.");
    return { from, network };
  }
  const files = networkFiles(from, epoch ?? "latest");
  const names = Object.keys(files);
  const [only = ""] = names.length === 1 ? names : [];
  const file = files[network ?? only];
  if (file !== undefined) return { from: file };
  throw new UsageError(`--network: expected ${names.join(", ")}, got ${network ?? "none"}. ${from} has a file for each.`);
}

/** All tensors except unused statistics, or those of one network without the prefix of their names. */
function select(tensors: Tensors, wanted: string | undefined, where: string): { readonly kept: Tensors; readonly notes: string[] } {
  const { networks } = recognise(tensors);
  const useless = networks.filter(({ network }) => network.kind !== "unknown" && !("norm" in network.sizes && network.sizes.norm === "batch"));
  const left = new Set(useless.flatMap(({ prefix, statistics }) => statistics.map((name) => prefix + name)));
  const notes = left.size > 0 ? [`Left out: ${left.size} running statistics that nothing uses.`] : [];
  const kept = [...tensors].filter(([name]) => !left.has(name));
  if (wanted === undefined) return withoutShared(kept, networks.map(({ prefix }) => prefix), notes);
  const found = networks.find(({ prefix }) => prefix === wanted);
  if (!found) {
    const prefixes = networks.slice(0, 6).map(({ prefix }) => JSON.stringify(prefix)).join(", ") || "none";
    throw new CheckpointError(`${where}: expected a network whose names begin with ${JSON.stringify(wanted)}, got ${prefixes}.`);
  }
  const others = networks.flatMap(({ prefix }) => (prefix.length > wanted.length && prefix.startsWith(wanted) ? [prefix] : []));
  const own = kept.filter(([name]) => name.startsWith(wanted) && !others.some((prefix) => name.startsWith(prefix)));
  return { kept: new Map(own.map(([name, tensor]) => [name.slice(wanted.length), tensor])), notes };
}

/**
 * The tensors without the path that all names and all networks share, such as the `state_dict.` of a nested file: PyTorch's
 * strict loading needs the names of the networks themselves.
 */
function withoutShared(tensors: readonly (readonly [string, StoredTensor])[], prefixes: readonly string[], notes: readonly string[]) {
  const [first = ""] = prefixes;
  const paths = [...first.matchAll(/\./g)].map(({ index }) => first.slice(0, index + 1));
  const names = [...prefixes, ...tensors.map(([name]) => name)];
  const shared = paths.findLast((path) => names.every((name) => name.startsWith(path))) ?? "";
  if (shared === "") return { kept: new Map(tensors), notes: [...notes] };
  const kept = new Map(tensors.map(([name, tensor]) => [name.slice(shared.length), tensor]));
  return { kept, notes: [...notes, `Removed the prefix ${JSON.stringify(shared)}, which all names had.`] };
}

function storeFloats(tensor: StoredTensor, half: boolean, where: string): StoredTensor {
  if (!/^B?F\d/.test(tensor.dtype)) return tensor;
  const values = loadFloat32(tensor, where);
  return half ? storeFloat16(tensor.shape, values, where) : storeFloat32(tensor.shape, values);
}
