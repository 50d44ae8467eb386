/** Plans samples before a device is opened: the generator, the files, and that none of them is in the way. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { isChannels, MOST_CHANNELS } from "../data/image.js";
import { defaultFormat, holdsChannels, outputFormats, type OutputFormat } from "../data/output-format.js";
import { CheckpointError, DataError, UsageError } from "../errors.js";
import { explainDifferences } from "../io/differences.js";
import { readWeightFile } from "../io/read-weights.js";
import type { DcganGeneratorSizes } from "../models/networks/dcgan.js";
import { describeNetwork } from "../models/networks/describe.js";
import { recognise } from "../models/networks/recognise.js";
import { readRunConfig, runFolder } from "../run/folder.js";
import { modelOf } from "../run/options.js";
import { findWeights } from "../run/weights.js";

export interface SamplingOptions {
  /** Folder of a run, such as runs/faces, or a .pth or .safetensors file with a DCGAN generator. */
  readonly model: string;
  /** A folder, created if necessary. */
  readonly output: string;
  /** How many images to make; default 64. */
  readonly count?: number;
  /** The same seed gives the same noise; default 0. */
  readonly seed?: number;
  /** `latest` (default), `best` (on held-out images), or the number of an epoch whose weights were kept. */
  readonly epoch?: string;
  /** Format of the images; default png, or tiff for other channels than 1 and 3. */
  readonly format?: OutputFormat | undefined;
  /** Replaces files of the same names; default false. */
  readonly overwrite?: boolean;
  /** `auto` by default. */
  readonly adapter?: string;
}

export interface SamplePlan {
  readonly sizes: DcganGeneratorSizes;
  /** Path of the file of weights. */
  readonly weights: string;
  /** What precedes the generator's parameter names in that file. */
  readonly prefix: string;
  /** Paths of the images, in order. */
  readonly images: readonly string[];
  /** Path of the picture of all images. */
  readonly grid: string;
  /** Path of the picture of the way from the first image to the second. */
  readonly interpolation: string;
}

/** Checks everything that needs no device: options, weights, and the output. Writes nothing. */
export async function planSamples(options: SamplingOptions): Promise<SamplePlan> {
  const { output, count = 64, seed = 0, overwrite = false } = options;
  if (!Number.isSafeInteger(count) || count < 1) throw new UsageError(`--count: expected a whole number of at least 1, got ${count}.`);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new UsageError(`--seed: expected a whole number of at least 0, got ${seed}.`);
  if (options.format && !outputFormats.includes(options.format)) throw new UsageError(`--format: expected ${outputFormats.join(" | ")}, got ${options.format}.`);
  const generator = await generatorIn(weightsOf(options));
  const { nc } = generator.sizes;
  const { format = defaultFormat(nc) } = options;
  if (!holdsChannels(format, nc)) throw new UsageError(`--format: expected one for the ${nc} channels that the network makes, got ${format}. Use tiff or npy.`);
  if (existsSync(output) && !statSync(output).isDirectory()) throw new DataError(`--output ${output}: expected a folder, got a file there.`);
  const digits = Math.max(4, String(count - 1).length);
  const images = Array.from({ length: count }, (_, index) => join(output, `${String(index).padStart(digits, "0")}.${format}`));
  const plan = { ...generator, images, grid: join(output, "grid.png"), interpolation: join(output, "interpolation.png") };
  const taken = overwrite ? undefined : [...images, plan.grid, plan.interpolation].find((path) => existsSync(path));
  if (taken !== undefined) throw new DataError(`--output ${output}: expected a folder without ${taken}, which would be replaced. Name another, or use --overwrite.`);
  return plan;
}

/** The file of weights that the options name. */
function weightsOf({ model, epoch = "latest" }: SamplingOptions): string {
  if (!/^\w+$/.test(epoch)) throw new UsageError(`--epoch: expected a number, latest or best, got "${epoch}".`);
  if (statSync(model, { throwIfNoEntry: false })?.isFile()) {
    if (epoch !== "latest") throw new UsageError(`--epoch only works if --model is the folder of a run, not the file ${model}.`);
    return model;
  }
  const { title, sampler } = modelOf(readRunConfig(model));
  if (sampler !== undefined) return findWeights(runFolder(model).checkpoints, epoch, sampler);
  throw new UsageError(`${model}: expected a model that makes images from noise, got a ${title}, which translates. Use "cyclegan translate --model ${model}".`);
}

/** The generator of noise in a file. Throws a CheckpointError unless there is exactly one, and complete. */
async function generatorIn(weights: string): Promise<Pick<SamplePlan, "sizes" | "weights" | "prefix">> {
  const { networks } = recognise((await readWeightFile(weights)).tensors);
  const generators = networks.filter(({ network }) => network.kind === "dcgan generator");
  const [found, ...more] = generators.length > 0 ? generators : networks;
  const expected = `${weights}: expected the weights of a DCGAN generator`;
  if (!found) throw new CheckpointError(`${expected}, got tensors of no known network.`);
  const { network, prefix, ...differences } = found;
  if (more.length > 0) throw new CheckpointError(`${expected}, got ${more.length + 1} networks. Extract one with "cyclegan convert --network".`);
  if (network.kind !== "dcgan generator") throw new CheckpointError(`${expected}, got ${describeNetwork(network)}.`);
  const odd = explainDifferences(differences);
  if (odd !== undefined) throw new CheckpointError(`${weights}: expected the weights of ${describeNetwork(network)}, got others: ${odd}`);
  const { nc } = network.sizes;
  if (isChannels(nc)) return { sizes: network.sizes, weights, prefix };
  throw new CheckpointError(`${weights}: expected a generator of images of 1 to ${MOST_CHANNELS} channels, got one of ${nc}.`);
}
