import type { Random } from "../../random.js";
import type { RandomChoices } from "../transform.js";
import { drawChoices } from "../transform.js";

/** Which image of each domain, and what chance does to it. */
export interface UnalignedSample {
  readonly a: number;
  readonly b: number;
  readonly choicesA: RandomChoices;
  readonly choicesB: RandomChoices;
}

export interface UnalignedOptions {
  /** Only its streams are used, so it does not matter where it stands. */
  readonly random: Random;
  /** Both domains in order, without shuffling. */
  readonly serialBatches: boolean;
  /** Mirror images with probability one half. */
  readonly flip: boolean;
}

/** Samples in an epoch: as many as the larger domain has images; both sizes at least 1. */
export function epochLength(sizeA: number, sizeB: number): number {
  return Math.max(sizeA, sizeB);
}

/**
 * All samples of an epoch: A by a permutation, B uniformly at random.
 *
 * A pure function of its arguments, so that training resumes at any step without a saved state.
 */
export function epochSamples(
  sizeA: number,
  sizeB: number,
  epoch: number,
  { random: parent, serialBatches, flip }: UnalignedOptions,
): UnalignedSample[] {
  const random = parent.stream(`epoch ${epoch}`);
  const randomB = random.stream("b");
  const randomChoices = random.stream("choices");
  const length = epochLength(sizeA, sizeB);
  const order = serialBatches ? Array.from({ length }, (_, index) => index) : random.permutation(length);
  return order.map((index) => ({
    a: index % sizeA,
    b: serialBatches ? index % sizeB : randomB.integer(sizeB),
    choicesA: drawChoices(randomChoices, flip),
    choicesB: drawChoices(randomChoices, flip),
  }));
}
