/** Recognises the networks in a map of tensors by names and shapes. */
import { compareShapes, isStatistic, type Differences, type Shaped } from "../../io/differences.js";
import { architectureOf, describeNetwork, type KnownNetwork, type NetworkKind, type NormedNetwork } from "./describe.js";
import { dcganOf } from "./recognise-dcgan.js";
import { parameterShapes, placed, type Architecture, type PlacedLayer } from "./layer.js";
import { filtersIn, matchInOrder, withRunningStats } from "./match-in-order.js";
import { discriminator } from "./patch-gan.js";
import { fcnOf, fcnPrefixes, splitFcnName } from "./recognise-fcn.js";
import { resnetGenerator } from "./resnet.js";
import { unetGenerator } from "./unet.js";
import type { Norm } from "../../nn/norm.js";
import type { StoredTensor } from "../../io/safetensors.js";

/** A network that was recognised, with its tensors. */
export interface RecognisedNetwork<T extends Shaped = StoredTensor> extends Differences {
  /** The prefix of all its names, such as `module.` or `models.G_A.`. */
  readonly prefix: string;
  readonly network: NetworkKind;
  /** Whether it was recognised only by the shapes of its tensors in order, because the names are not the reference's. */
  readonly byShapes: boolean;
  /** Its tensors, under the reference's names for a network without dropout, without unused running statistics. */
  readonly tensors: ReadonlyMap<string, T>;
  /** The names of unused running statistics, such as those of instance norms, as in `tensors`. */
  readonly statistics: readonly string[];
}

export interface Recognition<T extends Shaped = StoredTensor> {
  readonly networks: readonly RecognisedNetwork<T>[];
  /** Names that belong to no network, such as those of an optimizer's state. */
  readonly others: readonly string[];
}

/** A prefix, then a layer's place in the reference's list and the rest of the name. */
const layerName = /^(|.*?[./])((?:model|net)\.\d+\..+)$/s;
/** The names of a layer's parameters and statistics. */
const parameterName = /\.(weight|bias|weight_orig|weight_u|weight_v|running_mean|running_var|num_batches_tracked|filt)$/;
/** Names of spectral norm in torch.nn.utils.parametrizations, and their equals in torch.nn.utils.spectral_norm. */
const parametrization = /\.parametrizations\.weight\.(original|0\._u|0\._v)$/;
const spectralNames: Readonly<Record<string, string>> = { original: "weight_orig", "0._u": "weight_u", "0._v": "weight_v" };

/** The networks in a map of tensors, told apart by the prefixes of their layers' names. */
export function recognise<T extends Shaped>(tensors: ReadonlyMap<string, T>): Recognition<T> {
  const groups = new Map<string, Map<string, T>>();
  const others: string[] = [];
  const fcns = fcnPrefixes([...tensors.keys()]);
  for (const [full, tensor] of tensors) {
    const [prefix, name] = splitFcnName(full, fcns) ?? splitName(full);
    if (name === undefined) others.push(full);
    else groups.set(prefix, (groups.get(prefix) ?? new Map<string, T>()).set(name, tensor));
  }
  return { networks: [...groups].map(([prefix, group]) => recogniseGroup(...unnested(prefix, group))), others };
}

/**
 * A U-Net is a list inside a list, `model.model.…`, of which `splitName` takes the first for a prefix, as it takes the list of
 * DCGAN's networks, `main.…`.
 */
function unnested<T>(prefix: string, group: ReadonlyMap<string, T>): [prefix: string, group: ReadonlyMap<string, T>] {
  const names = [...group.keys()];
  const list = names.some(isNested) ? "model." : /(^|[./])main\.$/.test(prefix) && names.every(isFlat) ? "main." : undefined;
  if (list === undefined) return [prefix, group];
  const outer = prefix.endsWith(list) ? prefix.slice(0, -list.length) : prefix;
  return [outer, new Map([...group].map(([name, tensor]) => [`${list}${name}`, tensor]))];
}

const isFlat = (name: string): boolean => /^\d+\.\w+$/.test(name);

const isNested = (name: string): boolean => /^model\.\d+\.model\.\d+\./.test(name);

/**
 * Splits a name into the prefix and the layer's name in the reference's list. In a list with another name or none, the layer's
 * name begins with the first number. The name is undefined if it is not that of a layer.
 */
function splitName(stored: string): readonly [prefix: string, name: string | undefined] {
  const full = stored.replace(parametrization, (_, part: string) => `.${spectralNames[part] ?? part}`);
  const [, prefix = "", name] = layerName.exec(full) ?? [];
  if (name !== undefined) return [prefix, name];
  const place = parameterName.test(full) ? /(?:^|[./])\d+\./.exec(full) : null;
  if (!place) return [full, undefined];
  const at = place.index + (/^\d/.test(place[0]) ? 0 : 1);
  return [full.slice(0, at), full.slice(at)];
}

function recogniseGroup<T extends Shaped>(prefix: string, group: ReadonlyMap<string, T>): RecognisedNetwork<T> {
  const weights = new Map([...group].filter(([name]) => !isStatistic(name)));
  const relative = relativeOf(prefix, group);
  if (relative !== undefined) {
    const network = { kind: "unknown", what: relative } as const;
    return { prefix, network, byShapes: false, tensors: weights, statistics: namesWithout(group, weights), ...noDifferences };
  }
  const network = tracking(networkOf(weights), group);
  const dropout = network.kind === "generator" && network.dropout;
  const used = tracks(network) ? group : weights;
  const tensors = dropout ? new Map([...used].map(([name, tensor]) => [withoutDropout(name), tensor])) : used;
  const statistics = namesWithout(group, used);
  const named = { prefix, network, byShapes: false, tensors, statistics, ...differences(network, tensors) };
  const isWhole = network.kind !== "unknown" && named.missing.length + named.extra.length + named.reshaped.length === 0;
  return isWhole || network === noChannels || network.kind === "segmenter" ? named : (recogniseInOrder(named, group) ?? named);
}

function namesWithout(group: ReadonlyMap<string, unknown>, used: ReadonlyMap<string, unknown>): string[] {
  return [...group.keys()].filter((name) => !used.has(name));
}

/** Whether a network's batch norms track running statistics. */
function tracks(network: NetworkKind): boolean {
  return isNormed(network) && network.sizes.trackRunningStats;
}

function isNormed(network: NetworkKind): network is NormedNetwork {
  return network.kind !== "unknown" && network.kind !== "segmenter";
}

/** The same network with the running statistics of its batch norms, if the file has them. */
function tracking(network: NetworkKind, group: ReadonlyMap<string, unknown>): NetworkKind {
  if (!isNormed(network) || network.sizes.norm !== "batch" || ![...group.keys()].some(isStatistic)) return network;
  return withRunningStats(network);
}

/** A network that does not translate, or of another kind, recognised by names that only it has; undefined if there are none. */
function relativeOf(prefix: string, group: ReadonlyMap<string, Shaped>): string | undefined {
  const [width, from] = group.get("0.weight")?.shape ?? [];
  if (/(^|[./])mlp_\d+\.$/.test(prefix) && from !== undefined) return `a projection head of CUT, from ${from} to ${width} channels`;
  const isPadded = [...group.keys()].some((name) => /(^|\.)conv_block\.0\./.test(name));
  return isPadded ? "a ResNet generator with zero padding in its blocks, which this product does not have" : undefined;
}

/** Recognises a network only by the shapes of its tensors; undefined if it is none, or if its names say more. */
function recogniseInOrder<T extends Shaped>(named: RecognisedNetwork<T>, group: ReadonlyMap<string, T>): RecognisedNetwork<T> | undefined {
  const match = matchInOrder(group);
  if (!match) return undefined;
  if ("tensors" in match) {
    const statistics = tracks(match.network) ? [] : [...group.keys()].filter(isStatistic);
    return { ...named, network: match.network, byShapes: true, tensors: match.tensors, statistics, ...noDifferences };
  }
  if (named.network !== noKnown) return undefined;
  const { name, got, expected, like } = match;
  const here = got.length > 0 ? `${name} (${got.join("×")})` : name;
  const wanted = expected ? `where ${expected[0]} (${expected[1].join("×")}) belongs` : "after the last layer";
  return { ...named, network: { kind: "unknown", what: `a network like ${describeNetwork(like)}, but with ${here} ${wanted}` } };
}

const noDifferences: Differences = { missing: [], extra: [], reshaped: [] };
const noKnown: NetworkKind = { kind: "unknown", what: "no network this product knows" };
const noChannels: NetworkKind = { kind: "unknown", what: "a network with layers without channels" };

/** Dropout is an entry without parameters in PyTorch's list, so the places after it in the block are one higher. */
function withoutDropout(name: string): string {
  return name.replace(/\.conv_block\.(6|7)\./, (_, index) => `.conv_block.${Number(index) - 1}.`);
}

/** The inverse: the tensors of a ResNet under the names of one with dropout. */
export function namedWithDropout<T>(tensors: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const withDropout = (name: string): string => name.replace(/\.conv_block\.(5|6)\./, (_, index) => `.conv_block.${Number(index) + 1}.`);
  return new Map([...tensors].map(([name, tensor]) => [withDropout(name), tensor]));
}

function networkOf(weights: ReadonlyMap<string, Shaped>): NetworkKind {
  const segmenter = fcnOf(weights);
  if (segmenter) return segmenter;
  const shape = (name: string): readonly number[] | undefined => (weights.get(`${name}.weight`) ?? weights.get(`${name}.weight_orig`))?.shape;
  const first = shape("net.0") ?? shape("model.1") ?? shape("model.0") ?? shape("model.model.0") ?? shape("main.0") ?? [];
  if (first.includes(0)) return noChannels;
  if ([...weights.keys()].some((name) => name.startsWith("model.model."))) return unetOf(shape, weights);
  if (shape("net.0")) return discriminatorOf("pixel", shape, weights);
  if (shape("main.0")) return dcganOf(weights) ?? noKnown;
  if (shape("model.1")?.length === 4) return generatorOf(shape, weights);
  if (shape("model.0")?.length === 4) return discriminatorOf("n_layers", shape, weights);
  return noKnown;
}

type ShapeOf = (name: string) => readonly number[] | undefined;

/**
 * The norm of a network: one with weights of its own is batch norm, biases of the convolutions before a norm mean instance norm.
 * Any of them decides, so that a file that lacks some is measured by what it is.
 */
function normOf(weights: ReadonlyMap<string, Shaped>, norms: readonly string[], convs: readonly string[]): Norm {
  if (norms.some((norm) => weights.get(`${norm}.weight`)?.shape.length === 1)) return "batch";
  return convs.some((conv) => weights.has(`${conv}.bias`)) ? "instance" : "none";
}

/** More blocks or layers than any network has: a limit for files with very many names. */
const DEPTH_LIMIT = 1000;
/** More halvings than any image allows. */
const HALVINGS_LIMIT = 24;

/** The names of a list's convolutions and norms, without those in its residual blocks. */
function namesIn(architecture: Architecture): { readonly convs: readonly string[]; readonly norms: readonly string[] } {
  const withSkips = (all: readonly PlacedLayer[]): readonly PlacedLayer[] =>
    all.flatMap((one) => (one.layer.kind === "skip" ? withSkips(one.inner) : [one]));
  const layers = withSkips(placed(architecture));
  const convs = layers.flatMap(({ name, layer }) => ("kernel" in layer ? [name] : []));
  return { convs, norms: layers.flatMap(({ name, layer }) => (layer.kind === "norm" ? [name] : [])) };
}

function generatorOf(shape: ShapeOf, weights: ReadonlyMap<string, Shaped>): NetworkKind {
  const nBlocks = new Set([...weights.keys()].flatMap((name) => /^model\.(\d+)\.conv_block\./.exec(name)?.[1] ?? [])).size;
  const { antialias, bilinear } = filtersIn(weights);
  const any = { inputNc: 1, outputNc: 1, ngf: 1, norm: "none", antialias, upsample: bilinear ? "bilinear-conv" : "conv-transpose" } as const;
  const { convs, norms } = namesIn(resnetGenerator({ ...any, nBlocks: Math.min(nBlocks, DEPTH_LIMIT) }));
  const [stem = "", , , doubling = "", again = "", head = ""] = convs;
  const [ngf = 0, inputNc = 0] = shape(stem) ?? [];
  const [outputNc = inputNc] = shape(head) ?? [];
  const norm = normOf(weights, norms, convs.slice(0, -1));
  const dropout = [...weights].some(([name, { shape: { length } }]) => length === 4 && name.endsWith(".conv_block.6.weight"));
  // The first axis of a transposed convolution's weight is its input channels, and of a convolution's its output channels.
  const isPlain = (name: string): boolean => {
    const [first = 0, second = 0] = shape(name) ?? [];
    return first < second;
  };
  const upsample = bilinear ? "bilinear-conv" : isPlain(doubling) && isPlain(again) ? "resize-conv" : "conv-transpose";
  return { kind: "generator", sizes: { inputNc, outputNc, ngf, nBlocks, norm, antialias, upsample, trackRunningStats: false }, dropout };
}

/** Each list inside another one is a halving. */
function unetOf(shape: ShapeOf, weights: ReadonlyMap<string, Shaped>): NetworkKind {
  const depths = Array.from(weights.keys(), (name) => name.split(".model.").length - 1);
  const numDowns = depths.reduce((most, depth) => Math.max(most, depth), 2);
  if (numDowns > HALVINGS_LIMIT) return noKnown;
  const any = { inputNc: 1, outputNc: 1, ngf: 1, norm: "none" } as const;
  const { convs, norms } = namesIn(unetGenerator({ ...any, numDowns }));
  const [ngf = 0, inputNc = 0] = shape(convs[0] ?? "") ?? [];
  const [, outputNc = inputNc] = shape(convs.at(-1) ?? "") ?? [];
  const norm = normOf(weights, norms, convs.slice(0, -1));
  return { kind: "generator", sizes: { inputNc, outputNc, ngf, numDowns, norm, trackRunningStats: false }, dropout: false };
}

function discriminatorOf(netD: "n_layers" | "pixel", shape: ShapeOf, weights: ReadonlyMap<string, Shaped>): NetworkKind {
  const { antialias } = filtersIn(weights);
  const any = { inputNc: 1, ndf: 1, nLayersD: Math.min(weights.size, DEPTH_LIMIT + 1), norm: "none", antialias } as const;
  const { convs, norms } = namesIn(discriminator({ ...any, netD }));
  const [first = ""] = convs;
  const [ndf = 0, inputNc = 0] = shape(first) ?? [];
  // One layer may lack tensors, so the list ends before two that are not there.
  const isAbsent = (name = ""): boolean => shape(name)?.length !== 4 && !weights.has(`${name}.bias`);
  const absent = convs.findIndex((name, index) => isAbsent(name) && isAbsent(convs[index + 1]));
  const nLayersD = netD === "pixel" ? 3 : Math.max(0, (absent < 0 ? convs.length : absent) - 2);
  const norm = normOf(weights, norms, convs.slice(1, nLayersD + 1));
  const sizes = { inputNc, ndf, nLayersD, norm, antialias, spectralNorm: weights.has(`${first}.weight_orig`), trackRunningStats: false };
  return { kind: "discriminator", sizes: { ...sizes, netD: netD === "n_layers" && nLayersD === 3 ? "basic" : netD } };
}

function differences(network: NetworkKind, tensors: ReadonlyMap<string, Shaped>): Differences {
  if (network.kind === "unknown") return noDifferences;
  if (depthOf(network) > DEPTH_LIMIT) return { missing: [], extra: [...tensors.keys()], reshaped: [] };
  const wanted = parameterShapes(architectureOf(network));
  // Files of old PyTorch have no counts.
  for (const name of wanted.keys()) if (name.endsWith(".num_batches_tracked") && !tensors.has(name)) wanted.delete(name);
  return compareShapes(wanted, tensors);
}

function depthOf(network: KnownNetwork): number {
  if (network.kind === "segmenter") return 0;
  if (network.kind === "discriminator") return network.sizes.nLayersD;
  if ("imageSize" in network.sizes) return Math.log2(network.sizes.imageSize);
  return "numDowns" in network.sizes ? network.sizes.numDowns : network.sizes.nBlocks;
}
