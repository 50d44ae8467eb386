/** Options of a generator that several models have: a ResNet or a U-Net, by the reference's names. */
import { UsageError } from "../../errors.js";
import type { Norm } from "../../nn/norm.js";
import { generatorSides, type GeneratorSizes } from "../networks/generator.js";
import type { Upsample } from "../networks/resnet.js";
import type { OptionAlias } from "../options.js";

/** What decides the generator, from a model's options. */
export interface GeneratorSettings {
  readonly inputNc: number;
  readonly outputNc: number;
  readonly ngf: number;
  readonly nBlocks: number;
  /** 0: a ResNet. */
  readonly numDowns: number;
  /** Default false. */
  readonly antialias?: boolean;
  /** Default conv-transpose. */
  readonly upsample?: Upsample;
  readonly norm: Norm;
  /** Default false. */
  readonly trackRunningStats?: boolean;
  /** Default false. */
  readonly dropout?: boolean;
}

export const numDownsHelp = "how often a U-Net generator halves an image; 0: the generator is a ResNet";

const unets: Readonly<Record<string, number>> = { unet_128: 7, unet_256: 8 };

/** The blocks of a ResNet generator, by the reference's name. */
function blocksOf(name: string): number | undefined {
  const nBlocks = Number(/^resnet_([1-9]\d*)blocks$/.exec(name)?.[1]);
  return Number.isSafeInteger(nBlocks) ? nBlocks : undefined;
}

/** `--net-g` of a model whose generators are ResNets. */
export const resnetG: OptionAlias = {
  keys: ["nBlocks"],
  value: "kind",
  help: "generator by the reference's name: resnet_<n>blocks means --n-blocks <n>",
  expected: "resnet_9blocks, resnet_6blocks or another resnet_<n>blocks",
  parse(name) {
    const nBlocks = blocksOf(name);
    return nBlocks === undefined ? undefined : { nBlocks };
  },
};

/** `--net-g`: a generator by the reference's name. */
export const netG: OptionAlias = {
  keys: ["nBlocks", "numDowns"],
  value: "kind",
  help: "generator by the reference's name: resnet_<n>blocks means --n-blocks <n>, unet_128 --num-downs 7, unet_256 --num-downs 8",
  expected: "resnet_9blocks, resnet_6blocks or another resnet_<n>blocks, unet_128 or unet_256",
  parse(name) {
    const nBlocks = blocksOf(name);
    if (nBlocks !== undefined) return { nBlocks, numDowns: 0 };
    const numDowns = unets[name];
    return numDowns === undefined ? undefined : { numDowns };
  },
};

/** The sizes of the generator that the options describe. */
export function generatorSizes(settings: GeneratorSettings): GeneratorSizes {
  const { inputNc, outputNc, ngf, nBlocks, numDowns, antialias = false, upsample = "conv-transpose", norm } = settings;
  const { trackRunningStats = false, dropout = false } = settings;
  const both = { inputNc, outputNc, ngf, norm, trackRunningStats, dropout };
  return numDowns > 0 ? { ...both, numDowns } : { ...both, nBlocks, antialias, upsample };
}

interface TrainedSettings extends GeneratorSettings {
  readonly preprocess: string;
  readonly checkpointActivations?: boolean;
}

/** Throws a UsageError for options that do not fit a U-Net. */
export function checkUnet(options: TrainedSettings): void {
  const { numDowns, upsample = "conv-transpose", preprocess, checkpointActivations = false } = options;
  if (numDowns === 0) return;
  if (numDowns < 2 || numDowns > 12) throw new UsageError(`--num-downs: expected 0 for a ResNet, or 2 to 12, got ${numDowns}.`);
  const other = (flag: string): UsageError => new UsageError(`${flag} only works with a ResNet generator, such as --net-g resnet_9blocks.`);
  if (upsample !== "conv-transpose") throw other("--upsample");
  if (checkpointActivations) throw other("--checkpoint-activations");
  if (!preprocess.endsWith("crop")) {
    const { multiple } = generatorSides(generatorSizes(options));
    throw new UsageError(
      `--preprocess: expected a kind with crop for a U-Net, whose images need sides of multiples of ${multiple} pixels, ` +
        `got ${preprocess}.`,
    );
  }
}
