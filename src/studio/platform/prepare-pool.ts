/** Replaces src/data/prepare-pool.ts: the browser decodes in threads of its own. */
import type { PreparePool } from "../../data/prepare-pool.js";
import { createPrepare, type PrepareOptions } from "../../data/prepare.js";

export function createPreparePool(options: PrepareOptions): PreparePool {
  return { prepare: createPrepare(options), close: async () => {} };
}
