import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import { reduceRows } from "../lib/reduce-rows.js";

/** Lets `body` write the partial results of every split, and puts their sum into `result`, or adds it to what is there. */
export function withSplits(gpu: Gpu, splits: number, result: Tensor, adds: boolean, body: (partials: Tensor) => void): void {
  if (splits === 1 && !adds) return body(result);
  using partials = Tensor.untracked(gpu, [splits, result.size], "sums of splits");
  body(partials);
  reduceRows(gpu, partials, result, { groups: 1, rows: splits, columns: result.size, adds });
}
