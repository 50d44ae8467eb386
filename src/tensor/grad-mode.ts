/** Whether ops record themselves for `backward`, and for which leaves. */
import { MisuseError } from "../errors.js";
import type { Tensor } from "./tensor.js";

let disabled = 0;
/** While a checkpoint is recomputed: the leaves that wanted a gradient when it was made, except those frozen inside it. */
let wanted: ReadonlySet<Tensor> | undefined;

/** Whether ops record themselves for `backward` now. */
export function gradEnabled(): boolean {
  return disabled === 0;
}

/** Whether an op that uses this tensor now records that its gradient is wanted. */
export function wantsGrad(tensor: Tensor): boolean {
  return wanted && !tensor.node ? wanted.has(tensor) : tensor.requiresGrad;
}

/** Whether a checkpoint is being recomputed now, so that what changed a state in the first run must not change it again. */
export function isRecomputing(): boolean {
  return wanted !== undefined;
}

/** For the engine: runs `compute` again with only these leaves wanting a gradient. It records in any mode. */
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

/**
 * Runs `compute` without recording a graph, as for translation and validation.
 *
 * Throws MisuseError when `compute` returns a promise: what runs after its first `await` would be recorded.
 */
export function noGrad<T>(compute: () => T): T {
  disabled++;
  try {
    return synchronous("noGrad", compute());
  } finally {
    disabled--;
  }
}

/**
 * Runs `compute` with these leaves as constants: gradients flow through the ops that use them, but none is computed for the
 * leaves themselves.
 *
 * Throws MisuseError when `compute` returns a promise: after its first `await` the leaves would no longer be frozen.
 */
export function frozen<T>(leaves: Iterable<Tensor>, compute: () => T): T {
  const constants = new Set(leaves);
  const thawed = [...constants].filter((leaf) => leaf.requiresGrad);
  const before = wanted;
  for (const leaf of thawed) leaf.requiresGrad = false;
  wanted = wanted && new Set([...wanted].filter((leaf) => !constants.has(leaf)));
  try {
    return synchronous("frozen", compute());
  } finally {
    for (const leaf of thawed) leaf.requiresGrad = true;
    wanted = before;
  }
}

/** Returns `result`. Throws MisuseError, which begins with `where`, for a promise, whose rejection is then ignored. */
export function synchronous<T>(where: string, result: T): T {
  if (!(result instanceof Promise)) return result;
  result.catch(() => undefined);
  throw new MisuseError(
    `${where}: the function returned a promise, but ${where} ends when the function returns, before the code after its first await ` +
      `has run. Await first, and call ${where} around the synchronous part.`,
  );
}
