/** How the learning rate and the weight of the identity losses change from epoch to epoch. */
import { noPlateau, plateauRate, type Plateau } from "./plateau.js";

export type LrPolicy = "linear" | "step" | "cosine" | "constant" | "plateau";

export interface Schedule {
  readonly policy: LrPolicy;
  /** Learning rate in the first epoch. */
  readonly lr: number;
  /** For `linear`: epochs at the full rate. */
  readonly nEpochs: number;
  /** Epochs over which the rate then falls towards 0. */
  readonly nEpochsDecay: number;
  /** For `step`: epochs after which the rate falls to a tenth. */
  readonly lrDecayIters: number;
  /** For `plateau`: the metric over the epochs so far, by default none. */
  readonly plateau?: Plateau;
}

/**
 * The learning rate in an epoch, counted from 1.
 *
 * linear: lr · (1 − max(0, epoch − nEpochs) / (nEpochsDecay + 1)). step: lr · 0.1^⌊(epoch − 1) / lrDecayIters⌋.
 * cosine: lr · (1 + cos(π · (epoch − 1) / (nEpochs + nEpochsDecay))) / 2, over the whole run. constant: lr.
 * plateau: lr · 0.2^falls; see `afterEpoch`. Source: the reference's get_scheduler, linear as in its 2025 revision.
 */
export function learningRate(schedule: Schedule, epoch: number): number {
  const { policy, lr, nEpochs, nEpochsDecay, lrDecayIters } = schedule;
  switch (policy) {
    case "linear":
      return lr * (1 - Math.max(0, epoch - nEpochs) / (nEpochsDecay + 1));
    case "step":
      return lr * 0.1 ** Math.floor((epoch - 1) / lrDecayIters);
    case "cosine":
      return (lr * (1 + Math.cos((Math.PI * (epoch - 1)) / (nEpochs + nEpochsDecay)))) / 2;
    case "constant":
      return lr;
    case "plateau":
      return plateauRate(lr, schedule.plateau ?? noPlateau);
  }
}

/**
 * The weight of the identity losses in an epoch, counted from 1: λ · max(0, 1 − (epoch − 1) / identityEpochs), or always λ if
 * `identityEpochs` is 0.
 */
export function identityWeight(
  { lambdaIdentity, identityEpochs }: { readonly lambdaIdentity: number; readonly identityEpochs: number },
  epoch: number,
): number {
  return identityEpochs === 0 ? lambdaIdentity : lambdaIdentity * Math.max(0, 1 - (epoch - 1) / identityEpochs);
}
