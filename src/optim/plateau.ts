/** The plateau policy: the learning rate falls when a metric no longer improves. */
import { isBetter, type Better } from "../better.js";

/** The metric over the epochs so far. */
export interface Plateau {
  /** The last value that counted as better; absent before the first. */
  readonly best?: number;
  /** Epochs since then, or since the rate last fell. */
  readonly badEpochs: number;
  /** How often the rate has fallen. */
  readonly falls: number;
}

export const noPlateau: Plateau = { badEpochs: 0, falls: 0 };

/** The constants of the reference's get_scheduler. */
const FACTOR = 0.2;
const THRESHOLD = 0.01;
const PATIENCE = 5;
/** A rate that would fall by less stays, as in PyTorch. */
const LEAST_FALL = 1e-8;

/** The learning rate after some falls: lr · 0.2^falls. */
export function plateauRate(lr: number, { falls }: Plateau): number {
  return lr * FACTOR ** falls;
}

/**
 * The state after an epoch with this value of the metric. `better`: which values are better, by default lower ones. A value counts as
 * better if it is so by at least 1 % of the best; the rate falls after more than 5 epochs without one. A value that is no number is
 * not better.
 *
 * Source: PyTorch's ReduceLROnPlateau with mode min or max, threshold mode rel and no cooldown.
 */
export function afterEpoch({ best, badEpochs, falls }: Plateau, value: number, lr: number, better: Better = "lower"): Plateau {
  const isFirst = best === undefined && !Number.isNaN(value);
  const margin = better === "lower" ? 1 - THRESHOLD : 1 + THRESHOLD;
  if (isFirst || (best !== undefined && isBetter(value, best * margin, better))) return { best: value, badEpochs: 0, falls };
  const before = { ...(best !== undefined && { best }), falls };
  if (badEpochs < PATIENCE) return { ...before, badEpochs: badEpochs + 1 };
  const rate = plateauRate(lr, { badEpochs, falls });
  return { ...before, badEpochs: 0, falls: rate * (1 - FACTOR) > LEAST_FALL ? falls + 1 : falls };
}
