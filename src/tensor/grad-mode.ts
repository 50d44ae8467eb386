import type { Tensor } from "./tensor.js";

let disabled = 0;
/** While a checkpoint is recomputed, the leaves that wanted a gradient when it was made, less those frozen in it. */
let wanted: ReadonlySet<Tensor> | undefined;

/** Whether ops record themselves for `backward` now. */
export function gradEnabled(): boolean {
  return disabled === 0;
}

/** Whether an op records that a gradient is asked of this tensor. */
export function wantsGrad(tensor: Tensor): boolean {
  return wanted && !tensor.node ? wanted.has(tensor) : tensor.requiresGrad;
}

/** For the engine: runs `compute` as it ran when exactly these leaves wanted a gradient, recording whatever the mode is. */
export function recomputing<T>(leaves: ReadonlySet<Tensor>, compute: () => T): T {
  const before = { disabled, wanted };
  disabled = 0;
  wanted = leaves;
  try {
    return compute();
  } finally {
    ({ disabled, wanted } = before);
  }
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
  const constants = new Set(leaves);
  const thawed = [...constants].filter((leaf) => leaf.requiresGrad);
  const before = wanted;
  for (const leaf of thawed) leaf.requiresGrad = false;
  wanted = wanted && new Set([...wanted].filter((leaf) => !constants.has(leaf)));
  try {
    return compute();
  } finally {
    for (const leaf of thawed) leaf.requiresGrad = true;
    wanted = before;
  }
}
