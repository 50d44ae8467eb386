import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DatasetKind } from "../data/dataset.js";
import { unpaired } from "../data/datasets/unpaired.js";
import { findImages } from "../data/image-folder.js";
import type { Channels } from "../data/image.js";
import type { TransformOptions } from "../data/transform.js";
import { UsageError } from "../errors.js";
import type { Direction } from "../models/networks/recognise-generator.js";
import { findGenerator, type FoundGenerator } from "../translate/find-generator.js";
import { spread } from "../data/held-out.js";
import { readRunConfig } from "../run/folder.js";
import { modelOf } from "../run/options.js";

export interface EvaluateOptions {
  /** Folder of a run, as in runs/<name>, or a .pth or .safetensors file with a generator. */
  readonly model: string;
  /** With a file as `model`: a file with the generator of the way back; without one there is no cycle. */
  readonly back?: string;
  /** With a file as `model`: which way its generator translates; default AtoB. */
  readonly direction?: Direction;
  /** A data set with testA and testB; by default that of the run's training. */
  readonly dataroot?: string;
  /** Side of the square that images are brought to, in pixels; by default as the run's training did, for a file 256. */
  readonly cropSize?: number;
  /** `latest` by default, `best` on held-out images, or the number of an epoch whose weights were kept. */
  readonly epoch?: string;
  /** Test images of each domain, evenly chosen; 0, the default: all. */
  readonly images?: number;
  /** `auto` by default. */
  readonly adapter?: string;
}

/** One domain of the data set, by its letter there however the run was trained. */
export interface DomainPlan {
  readonly channels: Channels;
  /** The half of each image that is meant; absent: all of it. */
  readonly half?: "left" | "right";
  /** Turns this domain into the other; undefined if there is none to measure. */
  readonly generator: FoundGenerator | undefined;
  readonly folder: string;
  readonly paths: readonly string[];
  /** Training images of the same domain; none where the data set has none. */
  readonly trainPaths: readonly string[];
}

export interface EvaluationPlan {
  /** How images become network input. */
  readonly transform: TransformOptions;
  readonly dataroot: string;
  readonly a: DomainPlan;
  readonly b: DomainPlan;
}

/** What is measured: at least one of the two generators. */
interface Subject {
  readonly transform: TransformOptions;
  readonly dataroot: string | undefined;
  readonly dataset: DatasetKind;
  readonly AtoB: FoundGenerator | undefined;
  readonly BtoA: FoundGenerator | undefined;
}

/** The size that the reference tests at. */
const DEFAULT_SIZE = 256;

/** Checks all that needs no device: the model, its weights, the test images. Writes nothing. */
export async function planEvaluation(options: EvaluateOptions): Promise<EvaluationPlan> {
  const { model, images = 0 } = options;
  const isFile = statSync(model, { throwIfNoEntry: false })?.isFile() ?? false;
  const { transform, AtoB, BtoA, ...subject } = await (isFile ? filesOf(options) : runOf(options));
  const dataroot = options.dataroot ?? subject.dataroot;
  if (dataroot === undefined) throw new UsageError(`--dataroot: expected a data set with testA and testB to measure ${model} on, got none.`);
  const { dataset } = subject;
  const test = findImages(dataset, dataroot, "test");
  const hasTraining = Object.values(dataset.folders("train")).every((folder) => existsSync(join(dataroot, folder)));
  const training = hasTraining ? findImages(dataset, dataroot, "train") : {};
  const domain = (side: "A" | "B", generator: FoundGenerator | undefined, channels: Channels): DomainPlan => {
    const { folder, half } = dataset.source(side, "AtoB");
    return {
      channels,
      generator,
      folder: join(dataroot, dataset.folders("test")[folder] ?? ""),
      paths: spread(test[folder] ?? [], images),
      trainPaths: training[folder] ?? [],
      ...(half && { half }),
    };
  };
  const ofA = AtoB?.generator.inputNc ?? BtoA?.generator.outputNc ?? 3;
  const ofB = AtoB?.generator.outputNc ?? BtoA?.generator.inputNc ?? 3;
  return { transform, dataroot, a: domain("A", AtoB, ofA), b: domain("B", BtoA, ofB) };
}

async function runOf({ model, back, direction, cropSize, epoch }: EvaluateOptions): Promise<Subject> {
  const given = back === undefined ? direction && "--direction" : "--back";
  const { dataroot, ...config } = readRunConfig(model);
  if (given) throw new UsageError(`${given}: expected a file of weights as --model with it, got ${model}, a run, which has both ways.`);
  const definition = modelOf(config);
  const { dataset } = definition;
  const ways = definition.translators(config);
  const find = async (way: Direction): Promise<FoundGenerator | undefined> => {
    const trained = way === config.direction ? "AtoB" : "BtoA";
    return ways[trained] === undefined ? undefined : findGenerator({ model, direction: way, ...(epoch === undefined ? {} : { epoch }) });
  };
  const transform = cropSize === undefined ? config : squareOf(cropSize);
  return { transform, dataroot, dataset, AtoB: await find("AtoB"), BtoA: await find("BtoA") };
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
  return { transform: squareOf(cropSize), dataroot: undefined, dataset: unpaired, AtoB, BtoA };
}

function squareOf(side: number): TransformOptions {
  return { preprocess: "resize_and_crop", loadSize: side, cropSize: side };
}
