/** The plateau policy: the learning rate falls when a metric no longer improves. */

/** The metric over the epochs so far. */
export interface Plateau {
  /** The lowest value that counted as better; absent before the first. */
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
 * The state after an epoch with this value of the metric, of which lower is better. A value is better if it is at least 1 % below the
 * best; the rate falls after more than 5 epochs without one. A value that is no number is not better.
 *
 * Source: PyTorch's ReduceLROnPlateau with mode min, threshold mode rel and no cooldown.
 */
export function afterEpoch({ best, badEpochs, falls }: Plateau, value: number, lr: number): Plateau {
  if (value < (best === undefined ? Infinity : best * (1 - THRESHOLD))) return { best: value, badEpochs: 0, falls };
  const before = { ...(best !== undefined && { best }), falls };
  if (badEpochs < PATIENCE) return { ...before, badEpochs: badEpochs + 1 };
  const rate = plateauRate(lr, { badEpochs, falls });
  return { ...before, badEpochs: 0, falls: rate * (1 - FACTOR) > LEAST_FALL ? falls + 1 : falls };
}
