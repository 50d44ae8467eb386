/** The FCN score of translations from labels to photos: what an FCN, trained on real photos, sees in them. */
import { readHeldOutImages, type HeldOutImage } from "../data/held-out.js";
import type { Image } from "../data/image.js";
import { UsageError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { ConfusionMatrix, type SegmentationFigures } from "../metrics/confusion.js";
import { translateImages } from "../models/tiling/translate-image.js";
import type { TransformOptions } from "../data/transform.js";
import { buildFound, type FoundGenerator } from "../translate/find-generator.js";
import { segmenterAt, type Segmenter } from "./segmenter.js";

/** The domain of the labels, and its opposite. */
export interface FcnScorePlan {
  readonly segmenter: Segmenter;
  readonly labels: "A" | "B";
}

/** How well an FCN finds labels again in photos. */
export interface FcnScore {
  /** Photos that were made from labels, compared with these labels. */
  readonly images: number;
  readonly translated: SegmentationFigures;
  /** The real photos of the same names, compared with the same labels: about the best that one can reach. Absent without pairs. */
  readonly real?: SegmentationFigures;
}

/**
 * The FCN, and the domain whose images are labels: B, or A if the FCN was trained with `direction: "BtoA"`.
 *
 * Throws a UsageError if there is no FCN, or no generator that makes photos for it from labels.
 */
export async function planFcnScore(path: string, model: string, generators: Readonly<Record<"A" | "B", FoundGenerator | undefined>>): Promise<FcnScorePlan> {
  const segmenter = await segmenterAt(path);
  if (!segmenter) throw new UsageError(`--fcn-score ${path}: expected a run of --model fcn, or a file of its weights, got another model.`);
  const labels = segmenter.config?.direction === "BtoA" ? "A" : "B";
  const generator = generators[labels];
  if (!generator) {
    const [from, to] = labels === "B" ? ["B", "A"] : ["A", "B"];
    throw new UsageError(
      `--fcn-score ${path}: its labels are in domain ${from}, and ${model} does not translate ${from} to ${to}. ` +
        "Train it in that direction, or, if it is a file, name it by --direction.",
    );
  }
  const { inputNc } = segmenter.generator;
  if (generator.generator.outputNc === inputNc) return { segmenter, labels };
  throw new UsageError(`--fcn-score ${path}: expected an FCN for photos of ${generator.generator.outputNc} channels, got one for ${inputNc}.`);
}

/** The photos to score, and where their labels are. */
export interface FcnScoreRequest {
  readonly plan: FcnScorePlan;
  /** The images that were translated, by which labels and translations are matched. */
  readonly sources: readonly HeldOutImage[];
  /** Their translations, in the same order. */
  readonly fakes: readonly Image[];
  /** The real photos of the same names, by the place of their source. */
  readonly reals: ReadonlyMap<number, Image>;
  readonly files: Pick<Parameters<typeof readHeldOutImages>[0], "paths" | "folder" | "half" | "maxPixels" | "strict" | "onMessage">;
  readonly transform: TransformOptions;
  readonly onImage?: (() => void) | undefined;
}

/** Labels translations and real photos with the FCN, and compares the results with the labels that the translations were made from. */
export async function fcnScore(gpu: Gpu, { plan, sources, fakes, reals, files, transform, onImage }: FcnScoreRequest): Promise<FcnScore> {
  const { segmenter } = plan;
  const labels = await readHeldOutImages({ ...files, channels: 1, classes: segmenter.classes, transform });
  const places = new Map(sources.map(({ name }, place) => [name, place]));
  const network = await buildFound(gpu, segmenter);
  const classes = segmenter.classes.names.length;
  const matrices = { translated: new ConfusionMatrix(classes), real: new ConfusionMatrix(classes) };
  let images = 0;
  for (const { name, image: label } of labels) {
    const place = places.get(name);
    const photos = place === undefined ? {} : { translated: fakes[place], real: reals.get(place) };
    for (const [kind, photo] of Object.entries(photos)) {
      const [predicted] = photo ? await translateImages(gpu, network, [photo]) : [];
      if (predicted) matrices[kind === "real" ? "real" : "translated"].add(label, predicted);
    }
    if (photos.translated) images++;
    onImage?.();
  }
  const real = matrices.real.figures();
  return { images, translated: matrices.translated.figures(), ...(Number.isFinite(real.pixelAccuracy) && { real }) };
}
