/** Measures generators on the test images of a data set. */
import type { Image } from "../data/image.js";
import { CheckpointError } from "../errors.js";
import type { ImagePatches } from "../metrics/patches.js";
import { pairedFigures, type PairedFigures } from "../metrics/paired.js";
import { patchDistance, sampleForDistance } from "../metrics/sliced-wasserstein.js";
import type { SlicedWasserstein } from "../metrics/sliced-wasserstein.js";
import { mixesImages } from "../models/networks/generator.js";
import type { Module } from "../nn/module.js";
import { openGpu } from "../open-gpu.js";
import type { Gpu } from "../gpu/gpu.js";
import { fcnScore, type FcnScore } from "./fcn-score.js";
import { planEvaluation } from "./plan.js";
import type { DomainPlan, EvaluateOptions, EvaluationPlan } from "./plan.js";
import { buildFound, ignoredTensors } from "../translate/find-generator.js";
import { pairsByName, readHeldOutImages, spread } from "../data/held-out.js";
import type { HeldOutImage, HeldOutRequest } from "../data/held-out.js";
import { roundTrips } from "../models/parts/round-trip.js";
import type { RoundTrip } from "../models/parts/round-trip.js";

/** How well a generator translates one domain into the other. */
export interface DirectionEvaluation {
  /** Distance of the translations from the real test images of the other domain. */
  readonly swd: SlicedWasserstein;
  /** The same distance before translation; absent if the domains differ in channels. */
  readonly untranslated?: SlicedWasserstein;
  /** The same distance of equally many real training images of the other domain: about the best that one can reach. */
  readonly realToReal?: SlicedWasserstein;
  /** Mean |rec − real| with images in [−1, 1]; absent without a generator for the way back. */
  readonly cycle?: number;
  /** If names match: translations and untranslated images compared with the true ones. */
  readonly paired?: { readonly pairs: number; readonly translated: PairedFigures; readonly untranslated?: PairedFigures };
}

/** The figures of each direction that has a generator. A and B are the domains of the data set, even for a run trained BtoA. */
export interface Evaluation {
  readonly images: { readonly A: number; readonly B: number };
  /** Size at which the first test image was measured, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly AtoB?: DirectionEvaluation;
  readonly BtoA?: DirectionEvaluation;
  /** Of the photos that are made from labels, if an FCN was named. */
  readonly fcnScore?: FcnScore;
}

export interface EvaluateHooks {
  /** Called after every batch of images. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Receives warnings, one line each. */
  readonly onMessage?: (text: string) => void;
}

/**
 * Measures the generators of a run or of files on the test images of a data set.
 *
 * Images are resized or cropped to the size of the training's crop, without randomness. An FCN has other figures, of
 * `evaluateSegmentation`. Throws a UsageError or CheckpointError for the model, a DataError for the images, a DeviceError for the device.
 */
export async function evaluate(options: EvaluateOptions, hooks: EvaluateHooks = {}): Promise<Evaluation> {
  const plan = await planEvaluation(options);
  hooks.onMessage?.(plan.found);
  for (const { generator } of [plan.a, plan.b]) {
    const ignored = generator && ignoredTensors(generator);
    if (ignored !== undefined) hooks.onMessage?.(ignored);
  }
  const read = (domain: DomainPlan): Promise<Domain> => readDomain(plan, domain, { ...options, onMessage: hooks.onMessage });
  const [a, b] = [await read(plan.a), await read(plan.b)];
  const scored = plan.fcnScore && (plan.fcnScore.labels === "A" ? a : b);
  const total = (plan.a.generator ? a.test.length : 0) + (plan.b.generator ? b.test.length : 0) + (scored?.test.length ?? 0);
  let done = 0;
  const onImages = (count: number): void => {
    done += count;
    hooks.onProgress?.({ done, total });
  };
  const { ofA, ofB, fcnScore: score } = await translateBoth({ ...options, onMessage: hooks.onMessage }, plan, [a, b], onImages);
  return {
    images: { A: a.test.length, B: b.test.length },
    width: a.test[0]?.image.width ?? 0,
    height: a.test[0]?.image.height ?? 0,
    ...(ofA && { AtoB: compare(a, b, ofA, pairsByName(a.test, b.test)) }),
    ...(ofB && { BtoA: compare(b, a, ofB, pairsByName(a.test, b.test).map(([first, second]) => [second, first])) }),
    ...(score && { fcnScore: score }),
  };
}

interface Domain {
  readonly test: readonly HeldOutImage[];
  readonly patches: ImagePatches;
  /** As many training images as the other domain has test images; empty if the data set has none. */
  readonly training: readonly Image[];
}

const imagesOf = (heldOut: readonly HeldOutImage[]): Image[] => heldOut.map(({ image }) => image);

type ReadOptions = Pick<HeldOutRequest, "maxPixels" | "strict" | "onMessage">;

async function readDomain({ transform, valueRange, ignoreIcc, masks, a, b }: EvaluationPlan, domain: DomainPlan, options: ReadOptions): Promise<Domain> {
  const { maxPixels, strict = false, onMessage } = options;
  const { channels, folder, half } = domain;
  const request = { folder, channels, transform, valueRange, ignoreIcc, maxPixels, strict, onMessage, ...(half && { half }) };
  const test = await readHeldOutImages({ ...request, masks, paths: domain.paths });
  const translations = (domain === a ? b : a).paths.length;
  const paths = spread(domain.trainPaths, translations);
  const training = paths.length > 0 ? await readHeldOutImages({ ...request, paths }) : [];
  return { test, patches: sampleForDistance(imagesOf(test)), training: imagesOf(training) };
}

/** The translations of a domain's images; `cycle` only if there is a generator for the way back. */
type Trip = Pick<RoundTrip, "fakes"> & Partial<RoundTrip>;

async function translateBoth(
  options: Pick<EvaluateOptions, "adapter"> & ReadOptions,
  plan: EvaluationPlan,
  [domainA, domainB]: readonly [Domain, Domain],
  onImages: (count: number) => void,
): Promise<{ readonly ofA: Trip | undefined; readonly ofB: Trip | undefined; readonly fcnScore: FcnScore | undefined }> {
  const { adapter } = options;
  const { a, b } = plan;
  const gpu = await openGpu(adapter === undefined ? {} : { adapter });
  try {
    const toB = a.generator && (await buildFound(gpu, a.generator));
    const toA = b.generator && (await buildFound(gpu, b.generator));
    const batchable = [toB, toA].every((generator) => !generator || !mixesImages(generator.options));
    const trip = async (from: DomainPlan, there: Module | undefined, back: Module | undefined, { test }: Domain) => {
      if (!from.generator || !there) return undefined;
      const { fakes, cycle, finite } = await roundTrips(gpu, { there, back, batchable }, imagesOf(test), onImages);
      if (finite) return back ? { fakes, cycle } : { fakes };
      throw new CheckpointError(`${from.generator.weights}: expected finite translations, got NaN or infinity. Use other weights.`);
    };
    const [ofA, ofB] = [await trip(a, toB, toA, domainA), await trip(b, toA, toB, domainB)];
    const score = await scoreOf(gpu, plan, { A: [domainA, ofA], B: [domainB, ofB] }, options, onImages);
    return { ofA, ofB, fcnScore: score };
  } finally {
    gpu.dispose();
  }
}

/** The FCN score of the photos made from labels; undefined if no FCN was named. */
function scoreOf(
  gpu: Gpu,
  { fcnScore: plan, transform, a, b }: EvaluationPlan,
  domains: Readonly<Record<"A" | "B", readonly [Domain, Trip | undefined]>>,
  { maxPixels, strict = false, onMessage }: ReadOptions,
  onImages: (count: number) => void,
): Promise<FcnScore> | undefined {
  if (!plan) return undefined;
  const { A: [inA], B: [inB] } = domains;
  const [{ test: sources }, trip] = domains[plan.labels];
  const photos = plan.labels === "A" ? inB.test : inA.test;
  const pairs = pairsByName(inA.test, inB.test).map(([first, second]) => (plan.labels === "A" ? ([first, second] as const) : ([second, first] as const)));
  const reals = new Map(pairs.flatMap(([source, place]) => (photos[place] ? [[source, photos[place].image] as const] : [])));
  const { paths, folder, half } = plan.labels === "A" ? a : b;
  const files = { paths, folder, ...(half && { half }), maxPixels, strict, onMessage };
  return fcnScore(gpu, { plan, sources, fakes: trip?.fakes ?? [], reals, files, transform, onImage: () => onImages(1) });
}

function compare(
  from: Domain,
  to: Domain,
  { fakes, cycle }: Trip,
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
    ...(cycle !== undefined && { cycle }),
    ...(paired.length > 0 && {
      paired: {
        pairs: paired.length,
        translated: pairedFigures(paired.map(({ fake, truth }) => [fake, truth])),
        ...(comparable && { untranslated: pairedFigures(paired.map(({ real, truth }) => [real, truth])) }),
      },
    }),
  };
}
