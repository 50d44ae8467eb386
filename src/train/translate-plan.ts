import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { listImages } from "../data/image-folder.js";
import { DataError, UsageError } from "../errors.js";
import { findWeights } from "./checkpoint.js";
import type { TrainConfig } from "./config.js";
import { readRunConfig, runFolder } from "./run-folder.js";

export interface TranslateOptions {
  /** Folder of a run, as in runs/<name>. */
  readonly model: string;
  /** A and B are the data set's folders, however the run was trained. */
  readonly direction: "AtoB" | "BtoA";
  /** An image, or a folder of images. */
  readonly input: string;
  /** A folder; made when it is not there. */
  readonly output: string;
  /** `latest` by default, `best` on held-out images, or the number of an epoch whose weights were kept. */
  readonly epoch?: string;
  /** `auto` by default. */
  readonly adapter?: string;
  /** Whether to measure, for the size of the first image, which kernels are fastest; by default not. */
  readonly tune?: boolean;
}

export interface TranslationPlan {
  readonly generator: Pick<TrainConfig, "inputNc" | "outputNc" | "ngf" | "nBlocks" | "norm">;
  readonly weights: string;
  readonly images: readonly { readonly from: string; readonly to: string }[];
}

/** Checks everything that needs no device: the model, its weights, the images and where they go. Writes nothing. */
export function planTranslation(options: TranslateOptions): TranslationPlan {
  const { model, input, output, epoch = "latest" } = options;
  const config = readRunConfig(model);
  if (!/^\w+$/.test(epoch)) throw new UsageError(`--epoch: expected a number, latest or best, got "${epoch}".`);
  // A run trained with BtoA has B in the place of A.
  const forwards = options.direction === config.direction;
  const weights = findWeights(runFolder(model).checkpoints, epoch, forwards ? "G_A" : "G_B");
  const { ngf, nBlocks, norm } = config;
  const [inputNc, outputNc] = forwards ? [config.inputNc, config.outputNc] : [config.outputNc, config.inputNc];
  return { generator: { inputNc, outputNc, ngf, nBlocks, norm }, weights, images: planImages(input, output) };
}

function planImages(input: string, output: string): TranslationPlan["images"] {
  const found = statSync(input, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new DataError(`--input ${input}: expected an image or a folder of images, got nothing.`);
  }
  const folder = found.isDirectory() ? input : dirname(input);
  checkOutput(folder, output);
  const taken = new Set<string>();
  const images = (found.isDirectory() ? listImages(input) : [input]).map((from) => {
    return { from, to: join(output, outputName(relative(folder, from), taken)) };
  });
  const originals = new Set(images.map(({ from }) => realPath(from)));
  const victim = images.find(({ to }) => originals.has(realPath(to)));
  if (victim === undefined) return images;
  throw new DataError(
    `--output ${output}: expected a folder without images of the input, got ${victim.to}, which would be overwritten.` +
      " Name a new folder, best outside the input.",
  );
}

function checkOutput(folder: string, output: string): void {
  if (existsSync(output) && !statSync(output).isDirectory()) {
    throw new DataError(`--output ${output}: expected a folder, got a file.`);
  }
  if (realPath(folder) === realPath(output)) {
    throw new DataError(`--output ${output}: expected another folder than the input's, got the same. Name a new one.`);
  }
}

/** The path without links, also of what is not there yet. */
function realPath(path: string): string {
  const full = resolve(path);
  if (existsSync(full)) return realpathSync(full);
  const parent = dirname(full);
  return parent === full ? full : join(realPath(parent), basename(full));
}

const keptExtensions: readonly string[] = [".png", ".jpg", ".jpeg", ".webp"];

/** The relative name, as PNG unless it is one of the formats written; `cat.tiff` beside `cat.png` is `cat.tiff.png`. */
export function outputName(name: string, taken: Set<string>): string {
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  const kept = keptExtensions.includes(extension.toLowerCase());
  let result = kept ? name : `${stem}.png`;
  while (taken.has(result.toLowerCase())) result = `${result === `${stem}.png` ? name : result}.png`;
  taken.add(result.toLowerCase());
  return result;
}
