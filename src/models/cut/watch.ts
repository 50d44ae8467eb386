/** Warnings about the training of CUT: a collapsed discriminator, a generator that copies or inverts, no progress. */
import type { Watch } from "../model.js";
import { changeJudge, NO_CHANGE } from "../parts/change-judge.js";
import type { GanMode } from "../parts/gan-loss.js";
import { imageChange } from "../parts/image-change.js";
import { EXPLODED, explosion, LEAST_EVALUATIONS, limited, NEAR_ZERO, stalled, stallDetector, stretches, stretchOf } from "../parts/watching.js";
import type { LossName } from "./options.js";

export interface WatchOptions {
  readonly totalSteps: number;
  readonly ganMode: GanMode;
}

/** A `Watch` of this model's losses and images. */
export interface CutWatch extends Watch {
  losses(step: number, losses: Readonly<Record<LossName, number>>): readonly string[];
}

export function createWatch({ totalSteps, ganMode }: WatchOptions): CutWatch {
  const stretch = stretchOf(totalSteps);
  const warn = limited(stretch);
  const rows = stretches(stretch, 0, ["D_real", "D_fake"]);
  const swd = stallDetector(stretch, LEAST_EVALUATIONS);
  const judge = changeJudge();
  return {
    losses(step, losses) {
      const highest = Math.max(losses.G_GAN, losses.D_real, losses.D_fake);
      const exploded = highest > EXPLODED ? warn(step, "exploded", explosion(highest, ["--init-g", "--init-d"])) : [];
      const means = rows(step, losses);
      const mean = means && (means.D_real + means.D_fake) / 2;
      if (mean === undefined || mean >= NEAR_ZERO[ganMode]) return exploded;
      return [...exploded, ...warn(step, "D collapsed", collapse(mean, stretch))];
    },
    images(step, { real_A, fake_B }) {
      const verdict = real_A && fake_B && judge(imageChange(real_A, fake_B));
      return verdict === undefined ? [] : warn(step, `G ${verdict}`, verdict === "inverts" ? inversion : copies);
    },
    metric(step, value) {
      const best = swd(step, value);
      return best === undefined ? [] : warn(step, "stalled", stalled("The held-out distance", step - best, best));
    },
  };
}

function collapse(loss: number, steps: number): string {
  return (
    `The discriminator recognises every translation: its mean loss over ${steps} steps is ${loss.toPrecision(2)}, and the generator learns ` +
    "little from it. Check whether the two folders differ in something that gives images away, such as borders, sizes or file " +
    "formats. Otherwise try a narrower discriminator (--ndf 32), smaller patches (--net-d n_layers --n-layers-d 2), a lower --lr, " +
    "or more images."
  );
}

const copies =
  `The generator hardly changes its input (by less than ${100 * NO_CHANGE} % of the contrast). If A and B should differ more, lower ` +
  "--lambda-nce to 0.5, or turn the loss between images of B and their translations off with --no-nce-idt.";

const inversion =
  "The generator inverts brightness: its output is the negative of its input. Unless A and B are negatives, training will not correct " +
  "this. Start again with another --seed, or with a smaller --init-gain (0.01).";
