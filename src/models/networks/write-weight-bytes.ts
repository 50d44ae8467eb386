import { CheckpointError, UsageError } from "../../errors.js";
import { explainDifferences } from "../../io/differences.js";
import { architectureOf, describeNetwork } from "./describe.js";
import { recognise } from "./recognise.js";
import { writeSafetensors, type StoredTensor } from "../../io/safetensors.js";

type Tensors = ReadonlyMap<string, StoredTensor>;
type Writer = (tensors: Tensors, where: string) => Promise<Uint8Array>;

// Modules that need other packages are imported only when needed: a page without a bundler cannot resolve them.
const writePth: Writer = async (tensors) => (await import("../../io/write-pth.js")).writePth(tensors);

const writers: ReadonlyMap<string, Writer> = new Map<string, Writer>([
  [".safetensors", async (tensors) => writeSafetensors(tensors)],
  [".pth", writePth],
  [".pt", writePth],
  [".onnx", writeGenerator],
]);

/** The writer for a file's extension: .safetensors, .pth (or .pt), .onnx. Throws a UsageError for any other. */
export function weightWriter(name: string): Writer {
  const write = writers.get(/\.[^./\\]*$/.exec(name)?.[0].toLowerCase() ?? "");
  if (!write) throw new UsageError(`${name}: expected a name that ends in ${[...writers.keys()].join(", ")}, got another.`);
  return write;
}

/**
 * The bytes of a file of weights, in the format of its extension: .safetensors, .pth (or .pt), which `torch.load` reads with
 * `weights_only`, or .onnx for a generator or an FCN with free height and width.
 *
 * `name` is for messages. Throws a UsageError for another extension, and a CheckpointError for weights that the format cannot
 * contain.
 */
export async function writeWeightBytes(tensors: Tensors, name: string): Promise<Uint8Array> {
  return weightWriter(name)(tensors, name);
}

/** The ONNX file of the generator that the tensors belong to. */
async function writeGenerator(tensors: Tensors, where: string): Promise<Uint8Array> {
  const { networks } = recognise(tensors);
  const [found] = networks;
  if (found === undefined || networks.length > 1) {
    throw new CheckpointError(`${where}: expected one generator for ONNX, got ${networks.length} networks. Take one with --network.`);
  }
  const { network, tensors: weights, ...differences } = found;
  if (network.kind !== "generator" && network.kind !== "segmenter" && network.kind !== "dcgan generator") {
    throw new CheckpointError(`${where}: expected a generator for ONNX, got ${describeNetwork(network)}.`);
  }
  const odd = explainDifferences(differences);
  if (odd !== undefined) throw new CheckpointError(`${where}: expected the weights of ${describeNetwork(network)}, got others: ${odd}`);
  const { writeOnnx } = await import("./onnx.js");
  if (network.kind !== "dcgan generator") return writeOnnx(architectureOf(network), weights);
  const sides = { input: { name: "z", size: 1 }, output: { name: "image", size: network.sizes.imageSize } };
  return writeOnnx(architectureOf(network), weights, sides);
}
