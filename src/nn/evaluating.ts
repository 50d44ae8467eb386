/** Whether modules compute as in training or as in use. */
import { synchronous } from "../tensor/grad-mode.js";

let depth = 0;

/** Whether modules compute as in use now; see `evaluating`. */
export function isEvaluating(): boolean {
  return depth > 0;
}

/**
 * Runs `compute` with all modules as in use, like PyTorch's `eval()`: dropout is left out, and batch norms that track running
 * statistics normalise by them, and do not change them.
 *
 * Graphs are recorded as usual; see `noGrad`. Throws MisuseError when `compute` returns a promise: what runs after its first
 * `await` would compute as in training.
 */
export function evaluating<T>(compute: () => T): T {
  depth++;
  try {
    return synchronous("evaluating", compute());
  } finally {
    depth--;
  }
}
