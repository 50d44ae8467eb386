/** Sums of partial results. */
import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import { reduceRows } from "../lib/reduce-rows.js";

/** Lets `body` write a partial result for each split, then writes their sum to `result` or adds it there. */
export function withSplits(gpu: Gpu, splits: number, result: Tensor, adds: boolean, body: (partials: Tensor) => void): void {
  if (splits === 1 && !adds) return body(result);
  using partials = Tensor.untracked(gpu, [splits, result.size], "sums of splits");
  body(partials);
  reduceRows(gpu, partials, result, { groups: 1, rows: splits, columns: result.size, adds });
}
