import { statSync } from "node:fs";
import type { Channels } from "../data/image.js";
import { UsageError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { readWeightFile } from "../io/read-weights.js";
import { buildGenerator, type Generator, type GeneratorOptions } from "../models/networks/resnet.js";
import { recogniseGenerator, type Direction } from "../models/networks/recognise-generator.js";
import { modelOf } from "../run/options.js";
import { findWeights, loadWeights } from "../run/weights.js";
import { readRunConfig, runFolder } from "../run/folder.js";

export interface FoundGenerator {
  readonly generator: GeneratorOptions & { readonly inputNc: Channels; readonly outputNc: Channels };
  /** A file. */
  readonly weights: string;
  /** Stands in front of the names of the generator's tensors in that file. */
  readonly prefix: string;
}

export interface ModelOptions {
  /** Folder of a run, as in runs/<name>, or a .pth or .safetensors file with a generator. */
  readonly model: string;
  /** A and B are the data set's folders, however the run was trained. */
  readonly direction: Direction;
  /** `latest` by default, `best` on held-out images, or the number of an epoch whose weights were kept. */
  readonly epoch?: string;
}

/** The generator that translates in the direction asked for. Throws a CheckpointError if there is none or not one. */
export async function findGenerator(options: ModelOptions): Promise<FoundGenerator> {
  const { model, direction, epoch = "latest" } = options;
  if (!/^\w+$/.test(epoch)) throw new UsageError(`--epoch: expected a number, latest or best, got "${epoch}".`);
  if (!statSync(model, { throwIfNoEntry: false })?.isFile()) return generatorOfRun(model, direction, epoch);
  if (epoch !== "latest") throw new UsageError(`--epoch: expected the folder of a run as --model with it, got the file ${model}.`);
  const { generator, prefix } = recogniseGenerator((await readWeightFile(model)).tensors, model, direction);
  return { generator, weights: model, prefix };
}

/** Builds a generator that was found, with its weights. */
export async function buildFound(gpu: Gpu, { generator: options, weights, prefix }: FoundGenerator): Promise<Generator> {
  const generator = buildGenerator(gpu, options);
  await loadWeights(weights, generator, prefix);
  return generator;
}

/**
 * The generator of a run, or of a file of weights, that translates in the direction asked for.
 *
 * Throws a UsageError for the epoch, a CheckpointError if there is no such generator or its weights are not sound.
 */
export async function loadGenerator(gpu: Gpu, options: ModelOptions): Promise<Generator> {
  return buildFound(gpu, await findGenerator(options));
}

async function generatorOfRun(run: string, direction: Direction, epoch: string): Promise<FoundGenerator> {
  const config = readRunConfig(run);
  const model = modelOf(config);
  // A run trained with BtoA has B in the place of A.
  const network = model.translators(config)[direction === config.direction ? "AtoB" : "BtoA"];
  if (network === undefined) throw new UsageError(`--direction ${direction}: ${run} is of a model that translates only the other way.`);
  const weights = findWeights(runFolder(run).checkpoints, epoch, network);
  const { generator, prefix } = recogniseGenerator((await readWeightFile(weights)).tensors, weights, direction);
  return { generator, weights, prefix };
}
