/** Reductions of all elements to one number. */
import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";

/** The most partial sums of a reduction. */
const MAX_PARTIALS = 1024;

/**
 * y[0] = alpha · Σ partials: reduces `size` elements in two stages, of which `dispatch` does the first.
 *
 * `width`: lanes of Vec, which must divide the size. `dispatch` gets the size in Vec, the partials and its grid. Each thread of
 * the grid writes one Vec.
 */
export function withPartials(
  gpu: Gpu,
  size: number,
  y: Tensor,
  alpha: number,
  width: 1 | 4,
  dispatch: (size: number, partials: Tensor, grid: { readonly threads: number; readonly width: 1 | 4 }) => void,
): void {
  const threads = Math.min(MAX_PARTIALS, size / width);
  using partials = Tensor.untracked(gpu, [threads * width], "partial sums");
  dispatch(size / width, partials, { threads, width });
  gpu.run("reduce/finish", { partials, y, size: threads * width, alpha }, { threads: 1 });
}
