/** Warnings about the training of CUT: a collapsed discriminator, a generator that copies or inverts, no progress. */
import type { Watch } from "../model.js";
import { adversarialWatch, type AdversarialWatchOptions } from "../parts/adversarial-watch.js";
import { changeJudge, NO_CHANGE } from "../parts/change-judge.js";
import { imageChange } from "../parts/image-change.js";
import type { LossName } from "./options.js";

/** A `Watch` of this model's losses and images. */
export interface CutWatch extends Watch {
  losses(step: number, losses: Readonly<Record<LossName, number>>): readonly string[];
}

export function createWatch(options: AdversarialWatchOptions): CutWatch {
  const { warn, losses, metric } = adversarialWatch(options, collapse);
  const judge = changeJudge();
  return {
    losses,
    metric,
    images(step, { real_A, fake_B }) {
      const verdict = real_A && fake_B && judge(imageChange(real_A, fake_B));
      return verdict === undefined ? [] : warn(step, `G ${verdict}`, verdict === "inverts" ? inversion : copies);
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
