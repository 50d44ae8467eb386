/** The networks of CUT, with their first weights. */
import { UsageError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Random } from "../../random.js";
import type { Network } from "../networks/build.js";
import { buildGenerator } from "../networks/generator.js";
import { placed, type Architecture } from "../networks/layer.js";
import { buildDiscriminator } from "../networks/patch-gan.js";
import { resnetGenerator, type ResnetSizes } from "../networks/resnet.js";
import { fillFirstWeights, withFirstWeights } from "../parts/first-weights.js";
import { ProjectionHeads } from "./heads.js";
import { nceLayersOf, type CutOptions } from "./options.js";

/** G: A → B. D judges domain B. F projects features of G. */
export interface Networks {
  readonly G: Network;
  readonly D: Network;
  readonly F: ProjectionHeads;
}

/** A layer whose features are compared. */
export interface Tap {
  /** Its name in PyTorch's list, such as `model.4`. */
  readonly name: string;
  readonly channels: number;
}

/** The sizes of the generator. */
export function generatorSizesOf({ inputNc, outputNc, ngf, nBlocks, norm, antialias, antialiasUp }: CutOptions): ResnetSizes {
  return { inputNc, outputNc, ngf, nBlocks, norm, antialias, upsample: antialiasUp ? "bilinear-conv" : "conv-transpose" };
}

/** The first layer of the generator's list, a reflection pad, which is part of the convolution after it. */
export const padTap = "model.0";

/** The layers at `nceLayers`. Throws a UsageError for a place where none of the generator's layers begins. */
export function tapsOf(options: CutOptions): readonly Tap[] {
  const channels = channelsOf(resnetGenerator(generatorSizesOf(options)), options.inputNc);
  return nceLayersOf(options).map((place) => {
    const name = `model.${place}`;
    const found = channels.get(name);
    if (found !== undefined) return { name, channels: found };
    const places = [...channels.keys()].map((known) => known.replace("model.", "")).join(", ");
    throw new UsageError(`--nce-layers: expected places of layers of this generator, which are ${places}, got ${place}.`);
  });
}

/** The channels of each layer's features, by its name. */
function channelsOf(architecture: Architecture, inputNc: number): ReadonlyMap<string, number> {
  const channels = new Map([[padTap, inputNc]]);
  let current = inputNc;
  for (const { name, layer } of placed(architecture)) {
    if ("kernel" in layer) current = layer.to;
    channels.set(name, current);
  }
  return channels;
}

/** The three networks with their first weights. */
export function buildNetworks(gpu: Gpu, options: CutOptions, random: Random): Networks {
  const taps = tapsOf(options);
  const G = buildGenerator(gpu, { ...generatorSizesOf(options), tapped: taps.map(({ name }) => name) });
  const D = buildDiscriminator(gpu, { ...options, inputNc: options.outputNc });
  const F = new ProjectionHeads(gpu, taps.map(({ channels }) => channels), options.netFNc);
  fillFirstWeights("F", F, options, random);
  return { ...withFirstWeights({ G, D }, options, random), F };
}
