import type { Image } from "../data/image.js";
import { CheckpointError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import type { ImagePatches } from "../metrics/patches.js";
import { meanAbsoluteDistance, psnr } from "../metrics/pixel-error.js";
import { patchDistance, sampleForDistance } from "../metrics/sliced-wasserstein.js";
import type { SlicedWasserstein } from "../metrics/sliced-wasserstein.js";
import { ssim } from "../metrics/ssim.js";
import { buildGenerator } from "../models/cyclegan/generator.js";
import type { Module } from "../nn/module.js";
import { openGpu } from "../node.js";
import { loadWeights } from "./checkpoint.js";
import { planEvaluation } from "./evaluate-plan.js";
import type { DomainPlan, EvaluateOptions, EvaluationPlan } from "./evaluate-plan.js";
import { pairsByName, readHeldOutImages, spread } from "./held-out.js";
import type { HeldOutImage } from "./held-out.js";
import { roundTrips } from "./round-trip.js";
import type { RoundTrip } from "./round-trip.js";

/** Means over pairs of images that show the same thing. */
export interface PairedFigures {
  /** Mean |a − b| with images in [−1, 1]. */
  readonly l1: number;
  /** In dB; infinite where a pair is equal, which JSON writes as null. */
  readonly psnr: number;
  /** Absent where images are below 11×11 pixels. */
  readonly ssim?: number;
}

/** How well one domain is translated into the other. */
export interface DirectionEvaluation {
  /** Of the translations to the real test images of the other domain. */
  readonly swd: SlicedWasserstein;
  /** The same before translation; absent where the domains differ in channels. */
  readonly untranslated?: SlicedWasserstein;
  /** Of as many real training images of the other domain to its test images: about as near as one can get. */
  readonly realToReal?: SlicedWasserstein;
  /** Mean |rec − real| with images in [−1, 1]. */
  readonly cycle: number;
  /** Where names match: translations, and untranslated images, beside the true ones. */
  readonly paired?: { readonly pairs: number; readonly translated: PairedFigures; readonly untranslated?: PairedFigures };
}

/** The figures of both directions; A and B are the data set's, however the run was trained. */
export interface Evaluation {
  readonly images: { readonly A: number; readonly B: number };
  /** Of the first test image, as it was measured, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly AtoB: DirectionEvaluation;
  readonly BtoA: DirectionEvaluation;
}

export interface EvaluateHooks {
  /** After every batch of images. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Warnings, a line each. */
  readonly onMessage?: (text: string) => void;
}

/**
 * Measures a run's generators on the test images of a data set.
 *
 * Images are brought to the size of the training's crop, without chance. Throws UsageError and CheckpointError for the run,
 * DataError for the images, DeviceError for the device.
 */
export async function evaluate(options: EvaluateOptions, hooks: EvaluateHooks = {}): Promise<Evaluation> {
  const plan = planEvaluation(options);
  const [a, b] = [await readDomain(plan, plan.a, hooks), await readDomain(plan, plan.b, hooks)];
  const total = a.test.length + b.test.length;
  let done = 0;
  const onImages = (count: number): void => {
    done += count;
    hooks.onProgress?.({ done, total });
  };
  const [ofA, ofB] = await translateBoth(options, plan, [a, b], onImages);
  return {
    images: { A: a.test.length, B: b.test.length },
    width: a.test[0]?.image.width ?? 0,
    height: a.test[0]?.image.height ?? 0,
    AtoB: compare(a, b, ofA, pairsByName(a.test, b.test)),
    BtoA: compare(b, a, ofB, pairsByName(a.test, b.test).map(([first, second]) => [second, first])),
  };
}

interface Domain {
  readonly test: readonly HeldOutImage[];
  readonly patches: ImagePatches;
  /** As many training images as the other domain has test images, where there are any. */
  readonly training: readonly Image[];
}

const imagesOf = (heldOut: readonly HeldOutImage[]): Image[] => heldOut.map(({ image }) => image);

async function readDomain({ config, a, b }: EvaluationPlan, domain: DomainPlan, hooks: EvaluateHooks): Promise<Domain> {
  const { channels, folder } = domain;
  const onMessage = hooks.onMessage ?? (() => {});
  const test = await readHeldOutImages({ paths: domain.paths, folder, channels, transform: config, onMessage });
  const translations = (domain === a ? b : a).paths.length;
  const paths = spread(domain.trainPaths, translations);
  const training = paths.length > 0 ? await readHeldOutImages({ paths, folder, channels, transform: config, onMessage }) : [];
  return { test, patches: sampleForDistance(imagesOf(test)), training: imagesOf(training) };
}

async function translateBoth(
  { adapter }: EvaluateOptions,
  { config, a, b }: EvaluationPlan,
  [domainA, domainB]: readonly [Domain, Domain],
  onImages: (count: number) => void,
): Promise<readonly [RoundTrip, RoundTrip]> {
  const gpu = await openGpu(adapter === undefined ? {} : { adapter });
  try {
    const toB = await loadGenerator(gpu, config, a, b);
    const toA = await loadGenerator(gpu, config, b, a);
    const batchable = config.norm !== "batch";
    const ofA = await roundTrips(gpu, { there: toB, back: toA, batchable }, imagesOf(domainA.test), onImages);
    const ofB = await roundTrips(gpu, { there: toA, back: toB, batchable }, imagesOf(domainB.test), onImages);
    if (Number.isFinite(ofA.cycle + ofB.cycle)) return [ofA, ofB];
    throw new CheckpointError(`${a.weights}: expected weights that give numbers, got translations that are none.`);
  } finally {
    gpu.dispose();
  }
}

async function loadGenerator(
  gpu: Gpu,
  config: EvaluationPlan["config"],
  from: DomainPlan,
  to: DomainPlan,
): Promise<Module> {
  const { ngf, nBlocks, norm, upsample } = config;
  const generator = buildGenerator(gpu, { ngf, nBlocks, norm, upsample, inputNc: from.channels, outputNc: to.channels });
  await loadWeights(from.weights, generator);
  return generator;
}

function compare(
  from: Domain,
  to: Domain,
  { fakes, cycle }: RoundTrip,
  pairs: readonly (readonly [from: number, to: number])[],
): DirectionEvaluation {
  const comparable = from.patches.channels === to.patches.channels;
  const paired = pairs.flatMap(([place, truePlace]) => {
    const [real, fake, truth] = [from.test[place]?.image, fakes[place], to.test[truePlace]?.image];
    return real && fake && truth && fake.width === truth.width && fake.height === truth.height ? [{ real, fake, truth }] : [];
  });
  return {
    swd: patchDistance(sampleForDistance(fakes), to.patches),
    ...(comparable && { untranslated: patchDistance(from.patches, to.patches) }),
    ...(to.training.length > 0 && { realToReal: patchDistance(sampleForDistance(to.training), to.patches) }),
    cycle,
    ...(paired.length > 0 && {
      paired: {
        pairs: paired.length,
        translated: pairedFigures(paired.map(({ fake, truth }) => [fake, truth])),
        ...(comparable && { untranslated: pairedFigures(paired.map(({ real, truth }) => [real, truth])) }),
      },
    }),
  };
}

/** Side of the smallest image that SSIM takes, in pixels. */
const SSIM_SIDE = 11;

function pairedFigures(pairs: readonly (readonly [image: Image, truth: Image])[]): PairedFigures {
  const mean = (metric: (image: Image, truth: Image) => number): number =>
    pairs.reduce((sum, [image, truth]) => sum + metric(image, truth), 0) / pairs.length;
  const large = pairs.every(([{ width, height }]) => Math.min(width, height) >= SSIM_SIDE);
  return { l1: mean(meanAbsoluteDistance), psnr: mean(psnr), ...(large && { ssim: mean(ssim) }) };
}
