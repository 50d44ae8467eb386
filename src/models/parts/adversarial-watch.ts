/** What models of one generator and one discriminator are watched for alike: exploded losses, a collapsed discriminator, no progress. */
import type { GanMode } from "./gan-loss.js";
import { EXPLODED, explosion, LEAST_EVALUATIONS, limited, NEAR_ZERO, stalled, stallDetector, stretches, stretchOf, type Warn } from "./watching.js";

export interface AdversarialWatchOptions {
  readonly totalSteps: number;
  readonly ganMode: GanMode;
}

export type AdversarialLosses = Readonly<Record<"G_GAN" | "D_real" | "D_fake", number>>;

export interface AdversarialWatch {
  /** Steps of the training that are judged together. */
  readonly stretch: number;
  readonly warn: Warn;
  readonly losses: (step: number, losses: AdversarialLosses) => readonly string[];
  readonly metric: (step: number, value: number) => readonly string[];
}

/** `collapse`: what to say of a discriminator with this mean loss over this many steps. */
export function adversarialWatch(
  { totalSteps, ganMode }: AdversarialWatchOptions,
  collapse: (loss: number, steps: number) => string,
): AdversarialWatch {
  const stretch = stretchOf(totalSteps);
  const warn = limited(stretch);
  const rows = stretches(stretch, 0, ["D_real", "D_fake"]);
  const swd = stallDetector(stretch, LEAST_EVALUATIONS);
  return {
    stretch,
    warn,
    losses: (step, { G_GAN, D_real, D_fake }) => {
      const highest = Math.max(G_GAN, D_real, D_fake);
      const exploded = highest > EXPLODED ? warn(step, "exploded", explosion(highest, ["--init-g", "--init-d"])) : [];
      const means = rows(step, { D_real, D_fake });
      const mean = means && (means.D_real + means.D_fake) / 2;
      if (mean === undefined || mean >= NEAR_ZERO[ganMode]) return exploded;
      return [...exploded, ...warn(step, "D collapsed", collapse(mean, stretch))];
    },
    metric: (step, value) => {
      const best = swd(step, value);
      return best === undefined ? [] : warn(step, "stalled", stalled("The held-out distance", step - best, best));
    },
  };
}
