/** Warnings about the training of a plain GAN: a discriminator that has won, samples that are all alike, no progress. */
import type { Visuals, Watch } from "../model.js";
import { adversarialWatch, type AdversarialWatchOptions } from "../parts/adversarial-watch.js";
import { AGREEING, newest } from "../parts/watching.js";
import type { LossName } from "./options.js";

/** Samples count as alike if they differ from their mean by less, on average, in [−1, 1]: two of 255 levels. */
const ALIKE = 4 / 255;

/** A `Watch` of this model's losses and samples. */
export interface GanWatch extends Watch {
  losses(step: number, losses: Readonly<Record<LossName, number>>): readonly string[];
}

export function createWatch(options: AdversarialWatchOptions): GanWatch {
  const { stretch, warn, losses, metric } = adversarialWatch(options, collapse);
  const variety = newest<number>(AGREEING);
  return {
    losses,
    metric,
    images(step, samples) {
      // Samples of the first weights are alike.
      if (step < stretch) return [];
      const shown = variety(varietyOf(samples));
      return shown.length === AGREEING && shown.every((value) => value < ALIKE) ? warn(step, "alike", alike) : [];
    },
  };
}

/** Mean |x − mean of all samples|. */
function varietyOf(samples: Visuals): number | undefined {
  const images = Object.values(samples).flatMap((batch) => {
    const [n = 0, ...image] = batch?.shape ?? [];
    const size = image.reduce((product, extent) => product * extent, 1);
    return Array.from({ length: n }, (_, index) => batch?.data.subarray(index * size, (index + 1) * size) ?? new Float32Array());
  });
  const [first] = images;
  if (!first) return undefined;
  const mean = first.map((_, at) => images.reduce((sum, image) => sum + (image[at] ?? 0), 0) / images.length);
  const distance = (image: Float32Array): number => image.reduce((sum, value, at) => sum + Math.abs(value - (mean[at] ?? 0)), 0) / image.length;
  return images.reduce((sum, image) => sum + distance(image), 0) / images.length;
}

function collapse(loss: number, steps: number): string {
  return (
    `The discriminator recognises every sample: its mean loss over ${steps} steps is ${loss.toPrecision(2)}, and the generator learns ` +
    "little from it. Try --diffaugment color,translation, --label-smoothing 0.1, a narrower discriminator (--ndf 32), or more images."
  );
}

const alike =
  "All samples are alike: the generator makes one image of all noise (mode collapse), and will hardly recover. Start again with " +
  "another --seed, a larger --batch-size, a lower --lr, or --gan-mode wgangp.";
