import { existsSync } from "node:fs";
import { join } from "node:path";
import { findDomains } from "../data/image-folder.js";
import type { Channels } from "../data/image.js";
import { UsageError } from "../errors.js";
import { findWeights, generatorName } from "./checkpoint.js";
import type { TrainConfig } from "./config.js";
import { spread } from "./held-out.js";
import { readRunConfig, runFolder } from "./run-folder.js";

export interface EvaluateOptions {
  /** Folder of a run, as in runs/<name>. */
  readonly model: string;
  /** A data set with testA and testB; by default that of the training. */
  readonly dataroot?: string;
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
  /** Weights of the generator that turns this domain into the other. */
  readonly weights: string;
  readonly folder: string;
  readonly paths: readonly string[];
  /** Training images of the same domain; none where the data set has none. */
  readonly trainPaths: readonly string[];
}

export interface EvaluationPlan {
  readonly config: TrainConfig;
  readonly dataroot: string;
  readonly a: DomainPlan;
  readonly b: DomainPlan;
}

/** Checks all that needs no device: the run, its weights, the test images. Writes nothing. */
export function planEvaluation(options: EvaluateOptions): EvaluationPlan {
  const { model, epoch = "latest", images = 0 } = options;
  const config = readRunConfig(model);
  if (!/^\w+$/.test(epoch)) throw new UsageError(`--epoch: expected a number, latest or best, got "${epoch}".`);
  const dataroot = options.dataroot ?? config.dataroot;
  const test = findDomains(dataroot, "test");
  const hasTraining = existsSync(join(dataroot, "trainA")) && existsSync(join(dataroot, "trainB"));
  const training = hasTraining ? findDomains(dataroot, "train") : { a: [], b: [] };
  const { checkpoints } = runFolder(model);
  // A run trained with BtoA has B in the place of A.
  const forwards = config.direction === "AtoB";
  const domain = (letter: "a" | "b"): DomainPlan => {
    const first = (letter === "a") === forwards;
    return {
      channels: first ? config.inputNc : config.outputNc,
      weights: findWeights(checkpoints, epoch, generatorName(config, first)),
      folder: join(dataroot, `test${letter.toUpperCase()}`),
      paths: spread(test[letter], images),
      trainPaths: training[letter],
    };
  };
  return { config, dataroot, a: domain("a"), b: domain("b") };
}
