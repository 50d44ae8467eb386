/** Warnings about the training of a CycleGAN: collapsed discriminators, generators that copy or invert, no progress. */
import type { ImageBatch } from "../../data/image.js";
import type { Watch } from "../model.js";
import type { Losses } from "./options.js";
import type { Visuals } from "./trainer.js";
import type { GanMode } from "../parts/gan-loss.js";
import { changeJudge, NO_CHANGE } from "../parts/change-judge.js";
import { imageChange } from "../parts/image-change.js";
import { EXPLODED, explosion, LEAST_EVALUATIONS, limited, NEAR_ZERO, stalled, stallDetector, stretches, stretchOf } from "../parts/watching.js";

export interface WatchOptions {
  readonly totalSteps: number;
  readonly ganMode: GanMode;
  /** Number of first steps that train only the discriminators. Only exploded losses are reported during them. */
  readonly dWarmup: number;
}

/** A `Watch` of this model's losses and images. */
export interface CycleGANWatch extends Watch {
  losses(step: number, losses: Losses): readonly string[];
  images(step: number, images: Visuals): readonly string[];
}

export function createWatch({ totalSteps, ganMode, dWarmup }: WatchOptions): CycleGANWatch {
  const stretch = stretchOf(totalSteps);
  const warn = limited(stretch);
  const rows = stretches(stretch, dWarmup, ["D_A", "D_B", "cycle_A", "cycle_B"]);
  const cycle = stallDetector(stretch, 1);
  const swd = stallDetector(stretch, LEAST_EVALUATIONS);
  const judges = { A: changeJudge(), B: changeJudge() };
  const judge = (step: number, name: "A" | "B", from: ImageBatch, to: ImageBatch): string[] => {
    const verdict = judges[name](imageChange(from, to));
    if (verdict === undefined) return [];
    return warn(step, `G_${name} ${verdict}`, verdict === "inverts" ? inversion(name) : identity(name));
  };
  let evaluated = false;
  return {
    losses(step, losses) {
      const highest = Math.max(losses.D_A, losses.D_B, losses.G_A, losses.G_B);
      const exploded = highest > EXPLODED ? warn(step, "exploded", explosion(highest, startOptions)) : [];
      const means = rows(step, losses);
      if (!means) return exploded;
      const collapsed = (["D_A", "D_B"] as const).flatMap((name) =>
        means[name] < NEAR_ZERO[ganMode] ? warn(step, `${name} collapsed`, collapse(name, means[name], stretch)) : [],
      );
      // A metric on held-out images says more than the loss on training images.
      const best = cycle(step, means.cycle_A + means.cycle_B);
      if (evaluated || best === undefined) return [...exploded, ...collapsed];
      return [...exploded, ...collapsed, ...warn(step, "stalled", stalled("The cycle loss", step - best, best))];
    },
    images(step, { real_A, fake_B, real_B, fake_A }) {
      if (step <= dWarmup) return [];
      return [
        ...(real_A && fake_B ? judge(step, "A", real_A, fake_B) : []),
        ...(real_B && fake_A ? judge(step, "B", real_B, fake_A) : []),
      ];
    },
    metric(step, value) {
      evaluated = true;
      if (step <= dWarmup) return [];
      const best = swd(step, value);
      return best === undefined ? [] : warn(step, "stalled", stalled("The held-out metric", step - best, best));
    },
  };
}

const other = { A: "B", B: "A" } as const;
const startOptions = ["--init-g-a", "--init-g-b", "--init-d-a", "--init-d-b"];

function collapse(name: "D_A" | "D_B", loss: number, steps: number): string {
  const generator = name === "D_A" ? "G_A" : "G_B";
  return (
    `${name} recognises every generated image: its mean loss over ${steps} steps is ${loss.toPrecision(2)}, and ${generator} ` +
    "learns little from it. Check whether the two folders differ in something that gives images away, such as borders, sizes " +
    "or file formats. Otherwise try a narrower discriminator (--ndf 32), smaller patches (--net-d n_layers --n-layers-d 2), a " +
    "lower --lr, or more images."
  );
}

function identity(from: "A" | "B"): string {
  return (
    `G_${from} hardly changes its input (by less than ${100 * NO_CHANGE} % of the contrast). If ${from} and ${other[from]} should ` +
    "differ more, lower --lambda-identity to 0.1 or 0, then --lambda-a and --lambda-b to 5."
  );
}

function inversion(from: "A" | "B"): string {
  return (
    `G_${from} inverts brightness: its output is the negative of its input. Unless ${from} and ${other[from]} are negatives, ` +
    "training will not correct this. Start again with another --seed, with --lambda-identity 1, or with a smaller " +
    "--init-gain (0.01)."
  );
}
