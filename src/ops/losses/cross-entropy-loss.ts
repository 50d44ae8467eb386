/** The cross entropy of classes. */
import { ShapeError } from "../../errors.js";
import { formatShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";
import { withPartials } from "../lib/partials.js";
import { requireRows, rowsOf } from "../lib/rows.js";
import { widthOf } from "../lib/width.js";

interface Labels {
  /** -1 for what is ignored. */
  readonly labels: Float32Array;
  /** 1 / the number of rows that are not ignored. */
  readonly alpha: number;
}

/** With fewer classes, an invocation sums a row: a workgroup would be nearly empty, and pixels are many. */
const FEW = 64;

const crossEntropyLossOp = defineOp<{ x: Tensor }, Labels>()({
  name: "crossEntropyLoss",
  dtype: "float32",
  shape: () => [],
  forward({ gpu, inputs: { x }, attrs, y, temporary }) {
    const { rows, columns, threads } = rowsOf(x);
    const [labels, logSums] = [temporary([rows]), temporary([rows])];
    using losses = temporary([rows]);
    labels.write(attrs.labels);
    const args = { x, labels, losses, logSums, rows, columns };
    if (columns < FEW) gpu.run("cross-entropy/forward-narrow", args, { threads: rows });
    else gpu.run("cross-entropy/forward", args, { threads });
    withPartials(gpu, rows, y, attrs.alpha, widthOf(rows), (size, partials, grid) => {
      gpu.run("reduce/sum-partial", { x: losses, partials, size, threads: grid.threads }, grid);
    });
    return { x, labels, logSums };
  },
  backward({ gpu, saved: { x, labels, logSums }, attrs: { alpha }, dy, gradient }) {
    const dx = gradient("x");
    const { columns } = rowsOf(x);
    gpu.run("cross-entropy/backward", { x, labels, logSums, dy, dx, size: x.size, columns, alpha }, { threads: x.size });
    return { x: dx };
  },
});

/** The labels for the kernels. Throws ShapeError unless there is a class for each row, or `ignoreIndex`. */
function checkLabels(x: Tensor, labels: ArrayLike<number>, ignoreIndex: number): Labels {
  requireRows("crossEntropyLoss", x);
  const { rows, columns } = rowsOf(x);
  if (labels.length !== rows) {
    throw new ShapeError(`crossEntropyLoss: expected ${rows} labels for logits ${formatShape(x.shape)}, got ${labels.length}.`);
  }
  let counted = 0;
  const checked = Float32Array.from(labels, (label) => {
    if (label === ignoreIndex) return -1;
    if (!(Number.isInteger(label) && label >= 0 && label < columns)) {
      throw new ShapeError(`crossEntropyLoss: expected labels of whole numbers below ${columns}, or ${ignoreIndex} to ignore one, got ${label}.`);
    }
    counted++;
    return label;
  });
  return { labels: checked, alpha: counted === 0 ? 0 : 1 / counted };
}

/**
 * loss = mean over the rows of −ln softmax(x)[label], computed from logits, so that large ones stay finite.
 *
 * Shape: logits [..., classes] → []. `labels`: the class of each row, in the order of memory. Rows with `ignoreIndex` (default -100)
 * count neither in the sum nor in the mean; if all are ignored, the loss is 0. Throws ShapeError for another number of labels, or
 * for a label that is no class. Source: PyTorch's cross_entropy, whose classes are the second axis.
 */
export function crossEntropyLoss(logits: Tensor, labels: ArrayLike<number>, { ignoreIndex = -100 } = {}): Tensor {
  return crossEntropyLossOp({ x: logits }, checkLabels(logits, labels, ignoreIndex));
}
