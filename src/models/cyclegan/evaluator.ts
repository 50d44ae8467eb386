import { findDomains } from "../../data/image-folder.js";
import type { Channels, Image } from "../../data/image.js";
import { DataError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { ImagePatches } from "../../metrics/patches.js";
import { patchDistance, sampleForDistance } from "../../metrics/sliced-wasserstein.js";
import type { Networks } from "./networks.js";
import type { TrainConfig } from "../../training/config.js";
import { readHeldOutImages, spread } from "../../data/held-out.js";
import { roundTrips } from "./round-trip.js";

/** How good a training's generators are on images it never saw; A and B are the training's, as in the losses. */
export interface HeldOutMetrics {
  /** Sliced Wasserstein distance × 10³ of the images made of B to the real ones of A; lower is better. */
  readonly swd_A: number;
  readonly swd_B: number;
  /** Mean of both. */
  readonly swd: number;
  /** Mean |rec − real| of A → B → A, images in [−1, 1]; unlike the loss of that name, without its weight. */
  readonly cycle_A: number;
  readonly cycle_B: number;
}

/** Measures the generators of a training. */
export type Evaluator = (networks: Pick<Networks, "G_A" | "G_B">) => Promise<HeldOutMetrics>;

/**
 * Reads the test images of a training's data set, as `--eval-images` says; undefined, with a message, where there are none.
 *
 * An evaluation takes no random numbers of the training and changes nothing in it: losses and weights keep their bits.
 */
export async function createEvaluator(
  gpu: Gpu,
  config: TrainConfig,
  onMessage: (text: string) => void,
): Promise<Evaluator | undefined> {
  if (config.evalFreq === 0) return undefined;
  try {
    return evaluatorOn(gpu, config, await readTestImages(config, onMessage));
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    onMessage(`Nothing is measured on held-out images: ${error.message}`);
    return undefined;
  }
}

interface TestImages {
  readonly a: readonly Image[];
  readonly b: readonly Image[];
}

async function readTestImages(config: TrainConfig, onMessage: (text: string) => void): Promise<TestImages> {
  const { dataroot, direction, inputNc, outputNc, evalImages } = config;
  const found = findDomains(dataroot, "test");
  const [ofA, ofB] = direction === "AtoB" ? [found.a, found.b] : [found.b, found.a];
  const read = async (paths: readonly string[], channels: Channels): Promise<Image[]> => {
    const chosen = spread(paths, evalImages);
    const images = await readHeldOutImages({ paths: chosen, folder: dataroot, channels, transform: config, onMessage });
    return images.map(({ image }) => image);
  };
  return { a: await read(ofA, inputNc), b: await read(ofB, outputNc) };
}

function evaluatorOn(gpu: Gpu, { norm }: TrainConfig, { a, b }: TestImages): Evaluator {
  const [realA, realB] = [sampleForDistance(a), sampleForDistance(b)];
  const batchable = norm !== "batch";
  const distance = (fakes: readonly Image[], real: ImagePatches): number => patchDistance(sampleForDistance(fakes), real).mean;
  return async ({ G_A, G_B }) => {
    const ofA = await roundTrips(gpu, { there: G_A, back: G_B, batchable }, a);
    const ofB = await roundTrips(gpu, { there: G_B, back: G_A, batchable }, b);
    const [swd_A, swd_B] = [distance(ofB.fakes, realA), distance(ofA.fakes, realB)];
    return { swd_A, swd_B, swd: (swd_A + swd_B) / 2, cycle_A: ofA.cycle, cycle_B: ofB.cycle };
  };
}
