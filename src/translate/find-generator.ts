/** Finds the generator for a direction in a run or a file of weights. */
import { statSync } from "node:fs";
import { IGNORED, parseClasses, type LabelClasses } from "../data/label-classes.js";
import type { ValueRange } from "../data/value-range.js";
import { CheckpointError, UsageError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { readWeightFile } from "../io/read-weights.js";
import type { ModelDefinition } from "../models/model.js";
import { buildGenerator, inUse, isFcn, type Generator, type GeneratorOptions } from "../models/networks/generator.js";
import { recogniseGenerator, type Direction } from "../models/networks/recognise-generator.js";
import { modelOf, translatorOf } from "../run/options.js";
import { findWeights, loadWeights } from "../run/weights.js";
import { readRunConfig, runFolder } from "../run/folder.js";
import { isReferenceFolder, referenceGenerators } from "../run/network-files.js";
import { modelPath } from "../run/shipped.js";
import type { TrainedScale } from "./scale.js";

export interface FoundGenerator {
  readonly generator: GeneratorOptions;
  /** The classes of its labels, if it is an FCN. */
  readonly classes?: LabelClasses;
  /** Path of the file of weights. */
  readonly weights: string;
  /** What precedes the generator's parameter names in that file. */
  readonly prefix: string;
  /** Tensors of the file that belong to no network. */
  readonly others: readonly string[];
  /** How the training prepared its images; absent unless the model is a run. */
  readonly trained?: TrainedScale & { readonly valueRange: ValueRange; readonly ignoreIcc: boolean };
}

/** A sentence about the tensors of a file that are ignored; undefined if there are none. */
export function ignoredTensors({ weights, others }: Pick<FoundGenerator, "weights" | "others">): string | undefined {
  if (others.length === 0) return undefined;
  const names = others.slice(0, 4).map((name) => JSON.stringify(name)).join(", ");
  const more = others.length > 4 ? ` and ${others.length - 4} more` : "";
  return `${weights}: ignored ${others.length === 1 ? "a tensor" : "tensors"} of no network: ${names}${more}.`;
}

export interface ModelOptions {
  /**
   * Folder of a run, such as runs/zebra; a checkpoints folder of the reference; a .pth or .safetensors file with a generator; or the
   * name of a generator that comes with the package, such as `emoji`.
   */
  readonly model: string;
  /** A and B are the domains of the data set, even if the run was trained with `direction: "BtoA"`. */
  readonly direction: Direction;
  /** `latest` (default), `best` (on held-out images), or the number of an epoch whose weights were kept. */
  readonly epoch?: string;
}

/** The generator for the direction. Throws a CheckpointError unless there is exactly one, a UsageError for the epoch. */
export async function findGenerator(options: ModelOptions): Promise<FoundGenerator> {
  const { direction, epoch = "latest" } = options;
  const model = modelPath(options.model);
  if (!/^\w+$/.test(epoch)) throw new UsageError(`--epoch: expected a number, latest or best, got "${epoch}".`);
  if (isReferenceFolder(model)) return generatorOfFolder(model, direction, epoch);
  if (!statSync(model, { throwIfNoEntry: false })?.isFile()) return generatorOfRun(model, direction, epoch);
  if (epoch !== "latest") throw new UsageError(`--epoch only works if --model is the folder of a run, not the file ${model}.`);
  return generatorIn(model, direction);
}

async function generatorIn(weights: string, direction: Direction): Promise<FoundGenerator> {
  const { generator, prefix, others } = recogniseGenerator((await readWeightFile(weights)).tensors, weights, direction);
  const found = { generator, weights, prefix, others };
  if (!isFcn(generator)) return found;
  const classes = parseClasses(String(generator.outputNc));
  if (classes) return { ...found, classes };
  throw new CheckpointError(`${weights}: expected an FCN for 2 to ${IGNORED} classes, got one for ${generator.outputNc}.`);
}

async function generatorOfFolder(folder: string, direction: Direction, epoch: string): Promise<FoundGenerator> {
  const { single, ...files } = referenceGenerators(folder, epoch);
  const weights = files[direction] ?? single;
  if (weights !== undefined) return generatorIn(weights, direction);
  throw new CheckpointError(`${folder}: expected a generator for ${direction}, got only one for the other direction. Use --direction.`);
}

/** Builds a generator that was found and loads its weights. It computes as in `evaluating`. */
export async function buildFound(gpu: Gpu, { generator: options, weights, prefix }: FoundGenerator): Promise<Generator> {
  const generator = buildGenerator(gpu, options);
  await loadWeights(weights, generator, prefix);
  return inUse(generator);
}

/**
 * Loads the generator for a direction from a run or a file of weights.
 *
 * Throws a UsageError for the epoch, a CheckpointError if there is no such generator or its weights are damaged.
 */
export async function loadGenerator(gpu: Gpu, options: ModelOptions): Promise<Generator> {
  return buildFound(gpu, await findGenerator(options));
}

/** Throws a UsageError for a run whose model makes images from noise. */
export function refuseSampler(run: string, { title, sampler }: ModelDefinition): void {
  if (sampler === undefined) return;
  throw new UsageError(`${run}: expected a model that translates, got a ${title}, which makes images from noise. Use "cyclegan sample --model ${run}".`);
}

async function generatorOfRun(run: string, direction: Direction, epoch: string): Promise<FoundGenerator> {
  const config = readRunConfig(run);
  const model = modelOf(config);
  refuseSampler(run, model);
  const network = translatorOf(config, direction);
  if (network === undefined) throw new UsageError(`--direction ${direction}: the model of ${run} only translates the other way.`);
  const weights = findWeights(runFolder(run).checkpoints, epoch, network);
  const classes = model.classes?.(config);
  return { ...(await generatorIn(weights, direction)), ...(classes && { classes }), trained: config };
}
