import type { Tensor } from "./tensor.js";

let disabled = 0;

/** Whether ops record themselves for `backward` now. */
export function gradEnabled(): boolean {
  return disabled === 0;
}

/** Runs `compute` without recording a graph: for translation and validation. `compute` must be synchronous. */
export function noGrad<T>(compute: () => T): T {
  disabled++;
  try {
    return compute();
  } finally {
    disabled--;
  }
}

/**
 * Runs `compute` with these leaves taken as constants: gradients pass through what they take part in, but none is
 * computed for them. `compute` must be synchronous.
 */
export function frozen<T>(leaves: Iterable<Tensor>, compute: () => T): T {
  const thawed = [...leaves].filter((leaf) => leaf.requiresGrad);
  for (const leaf of thawed) leaf.requiresGrad = false;
  try {
    return compute();
  } finally {
    for (const leaf of thawed) leaf.requiresGrad = true;
  }
}
