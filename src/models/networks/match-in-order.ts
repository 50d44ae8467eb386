/** Recognises a network by the shapes of its tensors in order, whatever their names. */
import { isStatistic, type Shaped } from "../../io/differences.js";
import type { Norm } from "../../nn/norm.js";
import { architectureOf, type KnownNetwork, type NormedNetwork } from "./describe.js";
import { parameterShapes } from "./layer.js";
import { dcganInOrder } from "./recognise-dcgan.js";

export interface Matched<T> {
  readonly network: KnownNetwork;
  /** The tensors under the reference's names. */
  readonly tensors: ReadonlyMap<string, T>;
}

/** The first layer that does not fit the network that the other layers suggest. */
export interface Foreign {
  readonly name: string;
  readonly got: readonly number[];
  /** The reference's name and shape for the layer expected there; undefined if none is. */
  readonly expected: readonly [name: string, shape: readonly number[]] | undefined;
  readonly like: KnownNetwork;
}

/**
 * Infers the options from the shapes of the convolutions, and compares all tensors in order with those of that network.
 * Undefined if no network is similar.
 */
export function matchInOrder<T extends Shaped>(group: ReadonlyMap<string, T>): Matched<T> | Foreign | undefined {
  const weights = inLayers([...group].filter(([name]) => !isStatistic(name)));
  const found = candidateOf(weights.map(([name, { shape }]) => [name, shape]));
  if (!found) return undefined;
  const tracks = found.sizes.norm === "batch" && weights.length < group.size;
  const like = tracks ? withRunningStats(found) : found;
  const entries = tracks ? inLayers([...group]) : weights;
  const wanted = [...parameterShapes(architectureOf(like))];
  const tensors = new Map<string, T>();
  for (const [index, [name, tensor]] of entries.entries()) {
    const expected = wanted[index];
    const fits = expected && suffixOf(expected[0]) === suffixOf(name) && expected[1].join("×") === tensor.shape.join("×");
    if (!fits) return { name, got: tensor.shape, expected, like };
    tensors.set(expected[0], tensor);
  }
  const missing = wanted[entries.length];
  return missing ? { name: "the end of the file", got: [], expected: missing, like } : { network: like, tensors };
}

const suffixOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);
const layerOf = (name: string): string => name.slice(0, name.lastIndexOf(".") + 1);
const order = ["weight", "weight_orig", "weight_u", "weight_v", "bias", "running_mean", "running_var", "num_batches_tracked", "filt"];

/** The same network, whose batch norms track running statistics. */
export function withRunningStats(network: NormedNetwork): NormedNetwork {
  switch (network.kind) {
    case "generator":
      return { ...network, sizes: { ...network.sizes, trackRunningStats: true } };
    case "discriminator":
      return { ...network, sizes: { ...network.sizes, trackRunningStats: true } };
    case "dcgan generator":
      return { ...network, sizes: { ...network.sizes, trackRunningStats: true } };
    case "dcgan discriminator":
      return { ...network, sizes: { ...network.sizes, trackRunningStats: true } };
  }
}

/** The tensors in the file's order of layers. Those of one layer are in the order of `parameterShapes`. */
function inLayers<T>(entries: readonly (readonly [name: string, tensor: T])[]): (readonly [name: string, tensor: T])[] {
  const layers = new Map<string, (readonly [string, T])[]>();
  for (const entry of entries) {
    const layer = layers.get(layerOf(entry[0]));
    if (layer) layer.push(entry);
    else layers.set(layerOf(entry[0]), [entry]);
  }
  const rank = ([name]: readonly [string, T]): number => order.indexOf(suffixOf(name));
  return [...layers.values()].flatMap((layer) => layer.toSorted((a, b) => rank(a) - rank(b)));
}

/** More layers than any network has: a limit for files with very many names. */
const MOST_CONVS = 2000;

type NamedShape = readonly [name: string, shape: readonly number[]];

function candidateOf(entries: readonly NamedShape[]): NormedNetwork | undefined {
  const convs = entries.filter(([name, shape]) => shape.length === 4 && !isFilter(name));
  const filters = filtersIn(new Map(entries.map(([name, shape]) => [name, { shape }])));
  const shapes = convs.map(([, shape]) => shape);
  const [first, last] = [shapes[0], shapes.at(-1)];
  if (!first || !last || convs.length > MOST_CONVS || shapes.some((shape) => shape.includes(0))) return undefined;
  const dcgan = dcganInOrder(entries);
  if (dcgan) return dcgan;
  const kernels = shapes.map(([, , kernel = 0]) => kernel);
  const norm = normOf(entries, convs);
  if (kernels[0] === 7 && kernels.at(-1) === 7 && convs.length >= 6 && convs.length % 2 === 0) return generatorOf(shapes, norm, filters);
  const [ndf = 0, inputNc = 0] = first;
  const spectralNorm = convs[0]?.[0].endsWith(".weight_orig") ?? false;
  if (isUnetLike(shapes)) return unetOf(shapes, norm);
  const sizes = { inputNc, ndf, norm, spectralNorm, antialias: filters.antialias, trackRunningStats: false };
  if (last[0] !== 1) return undefined;
  if (convs.length === 3 && kernels.every((kernel) => kernel === 1)) {
    return { kind: "discriminator", sizes: { ...sizes, netD: "pixel", nLayersD: 3 } };
  }
  if (convs.length < 3 || !kernels.every((kernel) => kernel === 4)) return undefined;
  const nLayersD = convs.length - 2;
  return { kind: "discriminator", sizes: { ...sizes, netD: nLayersD === 3 ? "basic" : "n_layers", nLayersD } };
}

function generatorOf(shapes: readonly (readonly number[])[], norm: Norm, { antialias, bilinear }: Filters): NormedNetwork {
  const [ngf = 0, inputNc = 0] = shapes[0] ?? [];
  const [outputNc = 0] = shapes.at(-1) ?? [];
  // The first axis of a transposed convolution's weight is its input channels, and of a convolution's its output channels.
  const [before = 0, after = 0] = shapes.at(-3) ?? [];
  const upsample = bilinear ? "bilinear-conv" : before < after ? "resize-conv" : "conv-transpose";
  const sizes = { inputNc, outputNc, ngf, nBlocks: (shapes.length - 6) / 2, norm, antialias, upsample, trackRunningStats: false } as const;
  return { kind: "generator", sizes, dropout: false };
}

/** As many transposed convolutions 4×4 as convolutions; the last one sees twice the channels that the first one makes. */
function isUnetLike(shapes: readonly (readonly number[])[]): boolean {
  const [first, last] = [shapes[0] ?? [], shapes.at(-1) ?? []];
  const isEven = shapes.length >= 4 && shapes.length % 2 === 0;
  return isEven && shapes.every(([, , kernel]) => kernel === 4) && last[0] === 2 * (first[0] ?? 0);
}

function unetOf(shapes: readonly (readonly number[])[], norm: Norm): NormedNetwork {
  const [ngf = 0, inputNc = 0] = shapes[0] ?? [];
  const [, outputNc = 0] = shapes.at(-1) ?? [];
  const sizes = { inputNc, outputNc, ngf, numDowns: shapes.length / 2, norm, trackRunningStats: false };
  return { kind: "generator", sizes, dropout: false };
}

const isFilter = (name: string): boolean => suffixOf(name) === "filt";

/** The fixed filters of a network: blurs of 3×3 that halve, and bilinear ones of 4×4 that double. */
export interface Filters {
  readonly antialias: boolean;
  readonly bilinear: boolean;
}

export function filtersIn(weights: ReadonlyMap<string, Shaped>): Filters {
  const sides = new Set([...weights].flatMap(([name, { shape }]) => (isFilter(name) ? [shape[2]] : [])));
  return { antialias: sides.has(3), bilinear: sides.has(4) };
}

/** Judged by the second convolution: a bias means instance norm; tensors between it and the third convolution mean batch norm. */
function normOf(entries: readonly NamedShape[], convs: readonly NamedShape[]): Norm {
  const second = convs[1]?.[0];
  if (second === undefined) return "none";
  if (entries.some(([name]) => name === `${layerOf(second)}bias`)) return "instance";
  const behind = entries.slice(entries.findIndex(([name]) => name === second)).find(([name]) => layerOf(name) !== layerOf(second));
  const isNorm = behind !== undefined && behind[1].length === 1 && suffixOf(behind[0]) === "weight";
  return isNorm ? "batch" : "none";
}
