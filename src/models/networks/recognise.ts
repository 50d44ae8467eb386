/** Which networks a map of tensors holds, only by names and shapes. */
import { compareShapes, isStatistic, type Differences, type Shaped } from "../../io/differences.js";
import { describeNetwork } from "./describe.js";
import { parameterShapes, type Architecture } from "./layer.js";
import { matchInOrder } from "./match-in-order.js";
import { discriminator, type DiscriminatorOptions } from "./patch-gan.js";
import { resnetGenerator, type GeneratorSizes } from "./resnet.js";
import type { Norm } from "../../nn/norm.js";
import type { StoredTensor } from "../../io/safetensors.js";

export type KnownNetwork =
  | { readonly kind: "generator"; readonly sizes: Required<GeneratorSizes>; readonly dropout: boolean }
  | { readonly kind: "discriminator"; readonly sizes: Required<DiscriminatorOptions> };

export type NetworkKind =
  | KnownNetwork
  /** `what` completes "this is …". */
  | { readonly kind: "unknown"; readonly what: string };

/** Tensors of one network. */
export interface RecognisedNetwork<T extends Shaped = StoredTensor> extends Differences {
  /** What stood in front of every name, as `module.` or `models.G_A.`. */
  readonly prefix: string;
  readonly network: NetworkKind;
  /** Whether only the shapes of its tensors in order tell what it is, because the names are not the reference's. */
  readonly byShapes: boolean;
  /** Under the reference's names for a network without dropout; running statistics are left out. */
  readonly tensors: ReadonlyMap<string, T>;
  /** Running statistics, by their names in `tensors`' manner. No network here uses them. */
  readonly statistics: readonly string[];
}

export interface Recognition<T extends Shaped = StoredTensor> {
  readonly networks: readonly RecognisedNetwork<T>[];
  /** Names that belong to no network, as an optimizer's state. */
  readonly others: readonly string[];
}

/** A layer's place in the reference's list, and what follows; the prefix stands in front. */
const layerName = /^(|.*?[./])((?:model|net)\.\d+\..+)$/s;
/** What a layer's parameters and statistics are called. */
const parameterName = /\.(weight|bias|weight_orig|weight_u|weight_v|running_mean|running_var|num_batches_tracked|filt)$/;
/** Spectral norm as torch.nn.utils.parametrizations has it, and the names of torch.nn.utils.spectral_norm. */
const parametrization = /\.parametrizations\.weight\.(original|0\._u|0\._v)$/;
const spectralNames: Readonly<Record<string, string>> = { original: "weight_orig", "0._u": "weight_u", "0._v": "weight_v" };

/** The networks in a map of tensors, told apart by what stands in front of their layers' names. */
export function recognise<T extends Shaped>(tensors: ReadonlyMap<string, T>): Recognition<T> {
  const groups = new Map<string, Map<string, T>>();
  const others: string[] = [];
  for (const [full, tensor] of tensors) {
    const [prefix, name] = splitName(full);
    if (name === undefined) others.push(full);
    else groups.set(prefix, (groups.get(prefix) ?? new Map<string, T>()).set(name, tensor));
  }
  return { networks: [...groups].map(([prefix, group]) => recogniseGroup(prefix, group)), others };
}

/**
 * The prefix and the layer's name, as in the reference's list; or, in a list of another name or of none, from the first number
 * on. No name if it is no layer's.
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
  const statistics = [...group.keys()].filter(isStatistic);
  const weights = new Map([...group].filter(([name]) => !isStatistic(name)));
  const relative = relativeOf([...group.keys()]);
  if (relative !== undefined) {
    const network = { kind: "unknown", what: `${relative}, which this product does not have` } as const;
    return { prefix, network, byShapes: false, tensors: weights, statistics, ...noDifferences };
  }
  const network = networkOf(weights);
  const dropout = network.kind === "generator" && network.dropout;
  const tensors = dropout ? new Map([...weights].map(([name, tensor]) => [withoutDropout(name), tensor])) : weights;
  const named = { prefix, network, byShapes: false, tensors, statistics, ...differences(network, tensors) };
  const isWhole = network.kind !== "unknown" && named.missing.length + named.extra.length + named.reshaped.length === 0;
  return isWhole || network === noChannels ? named : (recogniseInOrder(named, weights) ?? named);
}

/** Which relative of CycleGAN's networks it is, by what only such a one has in its names; undefined if none. */
function relativeOf(names: readonly string[]): string | undefined {
  if (names.some((name) => /^model\.\d+\.model\.\d+\./.test(name))) return "a U-Net generator";
  if (names.some((name) => /(^|\.)conv_block\.0\./.test(name))) return "a ResNet generator with zero padding in its blocks";
  return names.some((name) => name.endsWith(".filt")) ? "a network with antialiased sampling, as CUT's" : undefined;
}

/** The network only by the shapes of its tensors; undefined if it is none, or its names say more. */
function recogniseInOrder<T extends Shaped>(named: RecognisedNetwork<T>, weights: ReadonlyMap<string, T>): RecognisedNetwork<T> | undefined {
  const match = matchInOrder(weights);
  if (!match) return undefined;
  if ("tensors" in match) {
    const network: NetworkKind = match.network.kind === "generator" ? { ...match.network, dropout: false } : match.network;
    return { ...named, network, byShapes: true, tensors: match.tensors, ...noDifferences };
  }
  if (named.network !== noKnown) return undefined;
  const { name, got, expected, like } = match;
  const here = got.length > 0 ? `${name} (${got.join("×")})` : name;
  const wanted = expected ? `where ${expected[0]} (${expected[1].join("×")}) belongs` : "after the last layer";
  const kind = describeNetwork(like.kind === "generator" ? { ...like, dropout: false } : like);
  return { ...named, network: { kind: "unknown", what: `a network like ${kind}, but with ${here} ${wanted}` } };
}

const noDifferences: Differences = { missing: [], extra: [], reshaped: [] };
const noKnown: NetworkKind = { kind: "unknown", what: "no network this product knows" };
const noChannels: NetworkKind = { kind: "unknown", what: "a network with layers without channels" };

/** Dropout is an entry of PyTorch's list without parameters; what follows in the block counts one more. */
function withoutDropout(name: string): string {
  return name.replace(/\.conv_block\.(6|7)\./, (_, index) => `.conv_block.${Number(index) - 1}.`);
}

function networkOf(weights: ReadonlyMap<string, Shaped>): NetworkKind {
  const shape = (name: string): readonly number[] | undefined => (weights.get(`${name}.weight`) ?? weights.get(`${name}.weight_orig`))?.shape;
  const first = shape("net.0") ?? shape("model.1") ?? shape("model.0") ?? [];
  if (first.includes(0)) return noChannels;
  if (shape("net.0")) return pixelDiscriminatorOf(shape, weights);
  if (shape("model.1")?.length === 4) return generatorOf(shape, weights);
  if (shape("model.0")?.length === 4) return patchDiscriminatorOf(shape, weights);
  return noKnown;
}

type ShapeOf = (name: string) => readonly number[] | undefined;

function normOf(batchNorm: boolean, bias: boolean): Norm {
  if (batchNorm) return "batch";
  return bias ? "instance" : "none";
}

function generatorOf(shape: ShapeOf, weights: ReadonlyMap<string, Shaped>): NetworkKind {
  const names = [...weights.keys()];
  const blocks = new Set(names.flatMap((name) => /^model\.(\d+)\.conv_block\./.exec(name)?.[1] ?? []));
  const nBlocks = blocks.size;
  const [ngf = 0, inputNc = 0] = shape("model.1") ?? [];
  const [outputNc = inputNc] = shape(`model.${17 + nBlocks}`) ?? [];
  const norm = normOf(shape("model.2") !== undefined, weights.has("model.1.bias"));
  const dropout = shape("model.10.conv_block.6")?.length === 4;
  // A transposed convolution's weight begins with the channels that come in, a convolution's with those that go out.
  const [first = 0, second = 0] = shape(`model.${10 + nBlocks}`) ?? [];
  const upsample = first < second ? "resize-conv" : "conv-transpose";
  return { kind: "generator", sizes: { inputNc, outputNc, ngf, nBlocks, norm, upsample }, dropout };
}

function patchDiscriminatorOf(shape: ShapeOf, weights: ReadonlyMap<string, Shaped>): NetworkKind {
  const [ndf = 0, inputNc = 0] = shape("model.0") ?? [];
  let nLayersD = 0;
  while (shape(`model.${3 * nLayersD + 5}`)?.length === 4) nLayersD++;
  const norm = normOf(shape("model.3") !== undefined, weights.has("model.2.bias"));
  const spectralNorm = weights.has("model.0.weight_orig");
  return { kind: "discriminator", sizes: { inputNc, ndf, netD: nLayersD === 3 ? "basic" : "n_layers", nLayersD, norm, spectralNorm } };
}

function pixelDiscriminatorOf(shape: ShapeOf, weights: ReadonlyMap<string, Shaped>): NetworkKind {
  const [ndf = 0, inputNc = 0] = shape("net.0") ?? [];
  const norm = normOf(shape("net.3") !== undefined, weights.has("net.2.bias"));
  return { kind: "discriminator", sizes: { inputNc, ndf, netD: "pixel", nLayersD: 3, norm, spectralNorm: weights.has("net.0.weight_orig") } };
}

/** More blocks or layers than any network has: a file of many small names must not make up as many layers. */
const DEPTH_LIMIT = 1000;

function differences(network: NetworkKind, tensors: ReadonlyMap<string, Shaped>): Differences {
  if (network.kind === "unknown") return noDifferences;
  const depth = network.kind === "generator" ? network.sizes.nBlocks : network.sizes.nLayersD;
  if (depth > DEPTH_LIMIT) return { missing: [], extra: [...tensors.keys()], reshaped: [] };
  return compareShapes(parameterShapes(architectureOf(network)), tensors);
}

/** The layers of a network that was recognised. */
export function architectureOf(network: KnownNetwork): Architecture {
  return network.kind === "generator" ? resnetGenerator(network.sizes) : discriminator(network.sizes);
}
