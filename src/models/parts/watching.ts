/** What models watch their trainings by: means over stretches, values that no longer improve, warnings that are not repeated. */
import type { GanMode } from "./gan-loss.js";

/**
 * Discriminator losses below these count as 0. lsgan: half the mean squares of two distances from a label, so 0.1 off on
 * average; an undecided discriminator has 0.25. vanilla: 98 % sure of both; an undecided one has 0.69. hinge: 0.02 short of the
 * margins; an undecided one has 1. A critic of wgangp has no least loss.
 */
export const NEAR_ZERO: Readonly<Record<GanMode, number>> = { lsgan: 0.01, vanilla: 0.02, hinge: 0.02, wgangp: -Infinity };
/** Adversarial losses above this never recover. Usual values are 0 to 2, and 0 to 20 for cross entropies. */
export const EXPLODED = 1000;
/** The least number of logged steps in a stretch of the training that is judged. */
const LEAST_ROWS = 5;
/** The number of shown steps in a row that must agree. */
export const AGREEING = 3;
/** A value counts as better if it is below this part of the best: 1 % lower. */
const BETTER = 0.99;
/** The number of stretches without a better value that leads to a warning, and of measurements that must be in them. */
const STALLED_STRETCHES = 4;
export const LEAST_EVALUATIONS = 3;
/** A warning is repeated after this many stretches at the earliest. */
const SILENT_STRETCHES = 10;

/** The number of steps in a stretch: a twentieth of the training, within limits. */
export function stretchOf(totalSteps: number): number {
  return Math.min(5000, Math.max(200, Math.ceil(totalSteps / 20)));
}

/** The message as a list, or none if it was given not long ago. */
export type Warn = (step: number, kind: string, message: string) => string[];

/** Passes on a message of each kind once, and again only many stretches later. */
export function limited(stretch: number): Warn {
  const silence = SILENT_STRETCHES * stretch;
  const said = new Map<string, number>();
  return (step, kind, message) => {
    if (step - (said.get(kind) ?? -Infinity) < silence) return [];
    said.set(kind, step);
    return [message];
  };
}

/** Collects the last `count` values. Undefined ones are ignored. */
export function newest<T>(count: number): (item: T | undefined) => readonly T[] {
  let items: readonly T[] = [];
  return (item) => (item === undefined ? items : (items = [...items, item].slice(-count)));
}

/**
 * Means of some losses over stretches of `length` steps, which begin after the step `start`. A mean is returned with the first row
 * after its stretch. Earlier and repeated rows are ignored.
 */
export function stretches<Name extends string>(
  length: number,
  start: number,
  names: readonly Name[],
): (step: number, losses: Readonly<Record<Name, number>>) => Readonly<Record<Name, number>> | undefined {
  let current = 0;
  let newestStep = start;
  let rows: Readonly<Record<Name, number>>[] = [];
  return (step, losses) => {
    if (step <= newestStep) return undefined;
    newestStep = step;
    const index = Math.floor((step - start) / length);
    const done = index > current ? rows : [];
    if (index > current) [current, rows] = [index, []];
    rows.push(losses);
    if (done.length < LEAST_ROWS) return undefined;
    const means: Record<Name, number> = { ...losses };
    for (const name of names) means[name] = done.reduce((sum, row) => sum + row[name], 0) / done.length;
    return means;
  };
}

/**
 * Returns the step of the best value once that is a few stretches and `count` values ago. A value of 0 belongs to a loss that was
 * left out, and is ignored.
 */
export function stallDetector(stretch: number, count: number): (step: number, value: number) => number | undefined {
  const patience = STALLED_STRETCHES * stretch;
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

/** The message about adversarial losses that exploded. `starts`: the options that name first weights. */
export function explosion(loss: number, starts: readonly string[]): string {
  return (
    `An adversarial loss is ${loss.toPrecision(2)} instead of about 1: the weights have become too large to learn. Divide --lr by ` +
    `10 and start again, from the beginning or from earlier weights (${starts.join(", ")}).`
  );
}

/** The message about a value without progress. */
export function stalled(what: string, steps: number, best: number): string {
  return (
    `${what} has not improved for ${steps} steps; the best was at step ${best}. Compare the samples of that step with the ` +
    "newest. If they look equally good, training is finished. Otherwise try a lower --lr, or more images."
  );
}
