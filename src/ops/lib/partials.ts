import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";

/** Partial sums a reduction is cut into at most. */
const MAX_PARTIALS = 1024;

/**
 * y[0] = alpha · (the sum of what `dispatch` leaves in `partials`): a reduction of `size` elements in two stages.
 *
 * `width`: lanes of Vec, which must divide the size. `dispatch` gets the size in Vec, the partials and its grid; each of the grid's threads writes one Vec.
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
