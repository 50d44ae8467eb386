/** Warnings about the training of a CycleGAN: collapsed discriminators, generators that copy or invert, no progress. */
import type { Watch } from "../model.js";
import type { Losses } from "./options.js";
import type { Visuals } from "./trainer.js";
import type { GanMode } from "../parts/gan-loss.js";
import { imageChange, type ImageChange } from "../parts/image-change.js";

export interface WatchOptions {
  readonly totalSteps: number;
  readonly ganMode: GanMode;
  /** Number of first steps that train only the discriminators. Only exploded losses are reported during them. */
  readonly dWarmup: number;
}

/**
 * Discriminator losses below these count as 0. lsgan: half the mean squares of two distances from a label, so 0.1 off on
 * average; an undecided discriminator has 0.25. vanilla: 98 % sure of both; an undecided one has 0.69. hinge: 0.02 short of the
 * margins; an undecided one has 1. A critic of wgangp has no least loss.
 */
const NEAR_ZERO: Readonly<Record<GanMode, number>> = { lsgan: 0.01, vanilla: 0.02, hinge: 0.02, wgangp: -Infinity };
/** Adversarial losses above this never recover. Usual values are 0 to 2, and 0 to 20 for cross entropies. */
const EXPLODED = 1000;
/** The least number of logged steps in a stretch of the training that is judged. */
const LEAST_ROWS = 5;
/** A smaller change, relative to the input's contrast, counts as a copy. */
const NO_CHANGE = 0.1;
/** A correlation of luminance below this is an inversion. */
const INVERTED = -0.5;
/** The number of shown steps in a row that must agree. */
const AGREEING = 3;
/** A value counts as better if it is below this part of the best: 1 % lower. */
const BETTER = 0.99;
/** The number of stretches without a better value that leads to a warning, and of measurements that must be in them. */
const STALLED_STRETCHES = 4;
const LEAST_EVALUATIONS = 3;
/** A warning is repeated after this many stretches at the earliest. */
const SILENT_STRETCHES = 10;

/** The number of steps in a stretch: a twentieth of the training, within limits. */
export function stretchOf(totalSteps: number): number {
  return Math.min(5000, Math.max(200, Math.ceil(totalSteps / 20)));
}

/** A `Watch` of this model's losses and images. */
export interface CycleGANWatch extends Watch {
  losses(step: number, losses: Losses): readonly string[];
  images(step: number, images: Visuals): readonly string[];
}

export function createWatch({ totalSteps, ganMode, dWarmup }: WatchOptions): CycleGANWatch {
  const stretch = stretchOf(totalSteps);
  const warn = limited(SILENT_STRETCHES * stretch);
  const rows = stretches(stretch, dWarmup);
  const cycle = stallDetector(STALLED_STRETCHES * stretch, 1);
  const swd = stallDetector(STALLED_STRETCHES * stretch, LEAST_EVALUATIONS);
  const judge = changeJudge(warn);
  let evaluated = false;
  return {
    losses(step, losses) {
      const highest = Math.max(losses.D_A, losses.D_B, losses.G_A, losses.G_B);
      const exploded = highest > EXPLODED ? warn(step, "exploded", explosion(highest)) : [];
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
        ...(real_A && fake_B ? judge(step, "A", imageChange(real_A, fake_B)) : []),
        ...(real_B && fake_A ? judge(step, "B", imageChange(real_B, fake_A)) : []),
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

/** Warns about a generator that inverts or copies, once a few changes in a row agree. */
function changeJudge(warn: Warn): (step: number, name: "A" | "B", change: ImageChange | undefined) => string[] {
  const changes = { A: newest<ImageChange>(AGREEING), B: newest<ImageChange>(AGREEING) };
  return (step, name, change) => {
    const agreeing = changes[name](change);
    const all = (test: (one: ImageChange) => boolean): boolean => agreeing.length === AGREEING && agreeing.every(test);
    if (all(({ correlation }) => correlation < INVERTED)) return warn(step, `G_${name} inverts`, inversion(name));
    if (all(({ relative }) => relative < NO_CHANGE)) return warn(step, `G_${name} copies`, identity(name));
    return [];
  };
}

const other = { A: "B", B: "A" } as const;

function explosion(loss: number): string {
  return (
    `An adversarial loss is ${loss.toPrecision(2)} instead of about 1: the weights have become too large to learn. Divide --lr by ` +
    "10 and start again, from the beginning or from earlier weights (--init-g-a, --init-g-b, --init-d-a, --init-d-b)."
  );
}

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

function stalled(what: string, steps: number, best: number): string {
  return (
    `${what} has not improved for ${steps} steps; the best was at step ${best}. Compare the samples of that step with the ` +
    "newest. If they look equally good, training is finished. Otherwise try a lower --lr, or more images."
  );
}

type Warn = (step: number, kind: string, message: string) => string[];

/** Passes on a message at most once in `silence` steps for each kind. */
function limited(silence: number): Warn {
  const said = new Map<string, number>();
  return (step, kind, message) => {
    if (step - (said.get(kind) ?? -Infinity) < silence) return [];
    said.set(kind, step);
    return [message];
  };
}

/** Collects the last `count` values. Undefined ones are ignored. */
function newest<T>(count: number): (item: T | undefined) => readonly T[] {
  let items: readonly T[] = [];
  return (item) => (item === undefined ? items : (items = [...items, item].slice(-count)));
}

type Watched = Pick<Losses, "D_A" | "D_B" | "cycle_A" | "cycle_B">;

/**
 * Means over stretches of `length` steps, which begin after the step `start`. A mean is returned with the first row after its
 * stretch. Earlier and repeated rows are ignored.
 */
function stretches(length: number, start: number): (step: number, losses: Losses) => Watched | undefined {
  let current = 0;
  let newestStep = start;
  let rows: Losses[] = [];
  return (step, losses) => {
    if (step <= newestStep) return undefined;
    newestStep = step;
    const index = Math.floor((step - start) / length);
    const done = index > current ? rows : [];
    if (index > current) [current, rows] = [index, []];
    rows.push(losses);
    if (done.length < LEAST_ROWS) return undefined;
    const mean = (name: keyof Watched): number => done.reduce((sum, row) => sum + row[name], 0) / done.length;
    return { D_A: mean("D_A"), D_B: mean("D_B"), cycle_A: mean("cycle_A"), cycle_B: mean("cycle_B") };
  };
}

/**
 * Returns the step of the best value once that is `patience` steps and `count` values ago. A value of 0 belongs to a loss that
 * was left out, and is ignored.
 */
function stallDetector(patience: number, count: number): (step: number, value: number) => number | undefined {
  let best = { step: 0, value: Infinity };
  let since = 0;
  return (step, value) => {
    if (step <= best.step || value === 0) return undefined;
    since++;
    if (value < BETTER * best.value) {
      best = { step, value };
      since = 0;
    }
    return since >= count && step - best.step >= patience ? best.step : undefined;
  };
}
