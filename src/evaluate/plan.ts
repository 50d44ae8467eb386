/** Plans an evaluation before a device is opened: generators, test images, their size. */
import { existsSync, statSync } from "node:fs";
import type { DatasetKind } from "../data/dataset.js";
import { unpaired } from "../data/datasets/unpaired.js";
import { datasetAt, describeImages, findImages, findMasks, imageFolder, refuseIncomplete, type DataLocation } from "../data/image-folder.js";
import type { TransformOptions } from "../data/transform.js";
import type { ValueRange } from "../data/value-range.js";
import { UsageError } from "../errors.js";
import type { Direction } from "../models/networks/recognise-generator.js";
import { planFcnScore, type FcnScorePlan } from "./fcn-score.js";
import { isReferenceFolder, referenceGenerators } from "../run/network-files.js";
import { findGenerator, refuseSampler, type FoundGenerator } from "../translate/find-generator.js";
import { spread } from "../data/held-out.js";
import { readRunConfig } from "../run/folder.js";
import { modelOf, translatorOf } from "../run/options.js";
import { modelPath } from "../run/shipped.js";

export interface EvaluateOptions {
  /** Folder of a run, such as runs/zebra, or a .pth or .safetensors file with a generator. */
  readonly model: string;
  /** If `model` is a file: a file with the generator of the other direction, without which there is no cycle. */
  readonly back?: string;
  /** If `model` is a file: the direction of its generator; default AtoB. */
  readonly direction?: Direction;
  /** A data set with test images; by default that of the run's training. */
  readonly dataroot?: string;
  /** Side of the square that images are resized to, in pixels; by default as in the run's training, 256 for a file. */
  readonly cropSize?: number;
  /** `latest` (default), `best` (on held-out images), or the number of an epoch whose weights were kept. */
  readonly epoch?: string;
  /** A run of `--model fcn`, or a file of its weights, which labels the photos that the model makes from labels. */
  readonly fcnScore?: string;
  /** How many test images of each domain to use, evenly chosen; 0 (default): all. */
  readonly images?: number;
  /** The most pixels that an image may have; default 2²⁶, 8192 × 8192. */
  readonly maxPixels?: number;
  /** Makes an error of every image that would be named and left out; default false. */
  readonly strict?: boolean;
  /** `auto` by default. */
  readonly adapter?: string;
}

/** One domain of the data set. */
export interface DomainPlan {
  readonly channels: number;
  /** The half of each image that belongs to this domain; absent: the whole image. */
  readonly half?: "left" | "right";
  /** Translates this domain into the other; undefined if this direction is not measured. */
  readonly generator: FoundGenerator | undefined;
  readonly folder: string;
  readonly paths: readonly string[];
  /** Training images of the same domain; empty if the data set has none. */
  readonly trainPaths: readonly string[];
}

export interface EvaluationPlan {
  /** How images become network input. */
  readonly transform: TransformOptions;
  /** As in the training; `auto` and false for a file of weights. */
  readonly valueRange: ValueRange;
  readonly ignoreIcc: boolean;
  /** The masks of test images, by the images' paths, if the training had masks. */
  readonly masks: ReadonlyMap<string, string>;
  readonly a: DomainPlan;
  readonly b: DomainPlan;
  readonly fcnScore?: FcnScorePlan;
  /** A line with the numbers of test images, and what is left out. */
  readonly found: string;
}

/** What is measured: at least one of the two generators, and how. */
interface Subject {
  readonly transform: TransformOptions;
  readonly valueRange: ValueRange;
  readonly ignoreIcc: boolean;
  /** Of the run's training; undefined for a file. */
  readonly location: DataLocation | undefined;
  readonly dataset: DatasetKind;
  readonly AtoB: FoundGenerator | undefined;
  readonly BtoA: FoundGenerator | undefined;
}

/** The size at which the reference tests. */
const DEFAULT_SIZE = 256;

/** Checks everything that needs no device: the model, its weights, the test images. Writes nothing. */
export async function planEvaluation(given: EvaluateOptions): Promise<EvaluationPlan> {
  const options = { ...given, model: modelPath(given.model) };
  const { model, images = 0 } = options;
  const isFile = statSync(model, { throwIfNoEntry: false })?.isFile() ?? false;
  const { transform, valueRange, ignoreIcc, AtoB, BtoA, ...subject } = await subjectOf(options, isFile);
  if (AtoB?.classes ?? BtoA?.classes) throw new UsageError(`evaluate: ${model} is an FCN, which has other figures. Use evaluateSegmentation.`);
  const location = options.dataroot === undefined ? subject.location : { dataroot: options.dataroot };
  if (location === undefined) throw new UsageError("--dataroot is required if --model is a file: name a data set with testA and testB.");
  const dataset = datasetAt(subject.dataset, location);
  const test = findImages(dataset, location, "test");
  if (options.strict) refuseIncomplete(dataset, location, "test");
  const hasTraining = Object.keys(dataset.folders("train")).every((key) => existsSync(imageFolder(dataset, location, "train", key)));
  const training = hasTraining ? findImages(dataset, location, "train") : {};
  const domain = (side: "A" | "B", generator: FoundGenerator | undefined, channels: number): DomainPlan => {
    const { folder, half } = dataset.source(side, "AtoB");
    return {
      channels,
      generator,
      folder: imageFolder(dataset, location, "test", folder),
      paths: spread(test[folder] ?? [], images),
      trainPaths: training[folder] ?? [],
      ...(half && { half }),
    };
  };
  const ofA = AtoB?.generator.inputNc ?? BtoA?.generator.outputNc ?? 3;
  const ofB = AtoB?.generator.outputNc ?? BtoA?.generator.inputNc ?? 3;
  const found = describeImages(dataset, location, "test");
  const score = options.fcnScore === undefined ? undefined : await planFcnScore(options.fcnScore, model, { A: AtoB, B: BtoA });
  const masks = findMasks(dataset, location, "test");
  return { transform, valueRange, ignoreIcc, masks, found, a: domain("A", AtoB, ofA), b: domain("B", BtoA, ofB), ...(score && { fcnScore: score }) };
}

function subjectOf(options: EvaluateOptions, isFile: boolean): Promise<Subject> {
  const { model, epoch = "latest" } = options;
  if (isFile) return filesOf(options);
  if (!isReferenceFolder(model)) return runOf(options);
  const { AtoB, BtoA, single } = referenceGenerators(model, epoch);
  const files = { ...options, epoch: "latest" };
  if (AtoB !== undefined) return filesOf({ ...files, model: AtoB, direction: "AtoB", ...(BtoA !== undefined && { back: BtoA }) });
  return filesOf({ ...files, model: BtoA ?? single ?? model, ...(BtoA !== undefined && { direction: "BtoA" }) });
}

async function runOf({ model, back, direction, cropSize, epoch }: EvaluateOptions): Promise<Subject> {
  const given = back === undefined ? direction && "--direction" : "--back";
  const config = readRunConfig(model);
  if (given) throw new UsageError(`${given} only works if --model is a file of weights. ${model} is a run, whose directions are known.`);
  const definition = modelOf(config);
  refuseSampler(model, definition);
  const { dataset } = definition;
  const find = async (way: Direction): Promise<FoundGenerator | undefined> => {
    return translatorOf(config, way) === undefined ? undefined : findGenerator({ model, direction: way, ...(epoch === undefined ? {} : { epoch }) });
  };
  const transform = cropSize === undefined ? config : squareOf(cropSize);
  const { valueRange, ignoreIcc } = config;
  return { transform, valueRange, ignoreIcc, location: config, dataset, AtoB: await find("AtoB"), BtoA: await find("BtoA") };
}

async function filesOf({ model, back, direction = "AtoB", cropSize = DEFAULT_SIZE, epoch = "latest" }: EvaluateOptions): Promise<Subject> {
  const there = await findGenerator({ model, direction, epoch });
  const other = direction === "AtoB" ? "BtoA" : "AtoB";
  const home = back === undefined ? undefined : await findGenerator({ model: back, direction: other });
  const [from, to] = [there.generator, home?.generator];
  if (to && (to.inputNc !== from.outputNc || to.outputNc !== from.inputNc)) {
    throw new UsageError(
      `--back ${back}: expected a generator from ${from.outputNc} to ${from.inputNc} channels, the way back of ${model}, ` +
        `got one from ${to.inputNc} to ${to.outputNc}.`,
    );
  }
  const [AtoB, BtoA] = direction === "AtoB" ? [there, home] : [home, there];
  return { transform: squareOf(cropSize), valueRange: "auto", ignoreIcc: false, location: undefined, dataset: unpaired, AtoB, BtoA };
}

/** Resizes images to squares. */
export function squareOf(side: number): TransformOptions {
  return { preprocess: "resize_and_crop", loadSize: side, cropSize: side };
}
