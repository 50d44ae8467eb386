/** Inspects a file of weights: its networks, its tensors with their norms, and anything odd. */
import { decodeFloat32 } from "../io/dtype.js";
import { explainDifferences } from "../io/differences.js";
import { readWeightFile } from "../io/read-weights.js";
import { architectureOf, describeLayers, describeNetwork, inputSide, type LayerSummary, type NetworkKind } from "../models/networks/describe.js";
import { recognise, type RecognisedNetwork } from "../models/networks/recognise.js";
import { FLOAT_TYPES, type StoredTensor } from "../io/safetensors.js";

export interface TensorSummary {
  readonly name: string;
  readonly dtype: string;
  /** Axes in the file's order. */
  readonly shape: readonly number[];
  /** √Σx². This and the extremes are those of the finite values, and absent if there are none. */
  readonly l2?: number;
  readonly least?: number;
  readonly most?: number;
  /** Number of values that are NaN or infinite. */
  readonly notFinite: number;
}

export interface NetworkSummary {
  /** The prefix of the tensors' names. */
  readonly prefix: string;
  readonly network: NetworkKind;
  /** The network in words. */
  readonly description: string;
  /** Whether it was recognised only by the shapes of its tensors. Its layers then have the reference's names, not the file's. */
  readonly byShapes: boolean;
  /** Height and width of the input for which the sizes after each layer are given. */
  readonly side: number;
  /** The layers, if the network is known and complete. */
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
}

export interface Inspection {
  readonly path: string;
  readonly format: string;
  readonly bytes: number;
  readonly networks: readonly NetworkSummary[];
  readonly tensors: readonly TensorSummary[];
  /** A sentence each. */
  readonly oddities: readonly string[];
}

/** For networks that take images of any size. */
const SIDE = 256;

/** Reads a .pth or .safetensors file and describes its content. Throws a CheckpointError as `readWeightFile` does. */
export async function inspectWeights(path: string): Promise<Inspection> {
  const { format, bytes, tensors } = await readWeightFile(path);
  const { networks, others } = recognise(tensors);
  const summaries = [...tensors].map(([name, tensor]) => summarise(name, tensor));
  const belongsToNone = others.length > 0 ? [`${counted(others.length, "tensor")} of no network: ${listed(others)}.`] : [];
  return {
    path,
    format,
    bytes,
    networks: networks.map((found) => ({
      prefix: found.prefix,
      network: found.network,
      description: describeNetwork(found.network),
      byShapes: found.byShapes,
      side: sideOf(found.network),
      layers: layersOf(found),
      parameters: [...found.tensors.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    })),
    tensors: summaries,
    oddities: [...networks.flatMap(networkOddities), ...belongsToNone, ...valueOddities(summaries)],
  };
}

function sideOf(network: NetworkKind): number {
  return network.kind === "unknown" ? SIDE : inputSide(network, SIDE);
}

function layersOf({ network, ...differences }: RecognisedNetwork): LayerSummary[] {
  if (network.kind === "unknown" || explainDifferences(differences) !== undefined) return [];
  const side = sideOf(network);
  return describeLayers(architectureOf(network), side, side);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function listed(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
}

function summarise(name: string, { dtype, shape, bytes }: StoredTensor): TensorSummary {
  const values = decodeFloat32(dtype, bytes) ?? new Float32Array();
  let [squares, least, most, notFinite] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    if (Number.isFinite(value)) {
      squares += value * value;
      least = Math.min(least, value);
      most = Math.max(most, value);
    } else notFinite++;
  }
  const figures = values.length > notFinite ? { l2: Math.sqrt(squares), least, most } : {};
  return { name, dtype, shape, ...figures, notFinite };
}

function networkOddities({ prefix, network, byShapes, statistics, ...differences }: RecognisedNetwork): string[] {
  const name = prefix === "" ? "The network" : prefix;
  const odd = explainDifferences(differences);
  return [
    ...(odd === undefined ? [] : [`${name} is not complete: ${odd}`]),
    ...(byShapes
      ? [`${name} was recognised by the shapes of its tensors, which do not show paddings and activations. ${network.kind.startsWith("dcgan") ? "DCGAN" : "CycleGAN"}'s are assumed.`]
      : []),
    ...(network.kind === "generator" && network.dropout ? [`${name} was trained with dropout, which is off when it translates.`] : []),
    ...(statistics.length > 0 ? [`${name} has ${statistics.length} running statistics, which are not used.`] : []),
  ];
}

function valueOddities(tensors: readonly TensorSummary[]): string[] {
  const diverged = tensors.filter(({ notFinite }) => notFinite > 0);
  const unreadable = tensors.filter(({ shape, l2, notFinite }) => l2 === undefined && notFinite === 0 && sizeOf(shape) > 0);
  const blank = tensors.filter(({ name, l2 }) => l2 === 0 && name.endsWith(".weight"));
  const others = [...new Set(tensors.map(({ dtype }) => dtype))].filter((dtype) => dtype !== "F32" && FLOAT_TYPES.has(dtype));
  return [
    ...diverged.map(({ name, shape, notFinite }) => `${name}: ${notFinite} of ${sizeOf(shape)} values are NaN or infinite.`),
    ...unreadable.map(({ name, dtype }) => `${name}: values of ${dtype} cannot be read.`),
    ...blank.map(({ name }) => `${name}: all values are 0.`),
    ...(others.length > 0 ? [`Values of ${others.join(", ")} are rounded to float32 when they are read.`] : []),
  ];
}
