/** Joins two tensors along an axis. */
import { ShapeError } from "../../errors.js";
import { axisOf, formatShape, sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { copyChannels } from "../lib/copy-channels.js";
import { defineOp } from "../../tensor/op.js";
import { widthOf } from "../lib/width.js";

const concatOp = defineOp<{ a: Tensor; b: Tensor }, { axis: number }>()({
  name: "concat",
  shape({ a, b }, { axis }) {
    axisOf("concat", a.shape, axis);
    const alike = a.shape.length === b.shape.length && a.shape.every((extent, i) => i === axis || extent === b.shape[i]);
    if (!alike) {
      const shapes = `${formatShape(a.shape)} and ${formatShape(b.shape)}`;
      throw new ShapeError(`concat: expected two tensors alike in all but axis ${axis}, got ${shapes}.`);
    }
    return a.shape.map((extent, i) => (i === axis ? extent + (b.shape[i] ?? 0) : extent));
  },
  forward({ gpu, inputs: { a, b }, attrs: { axis }, y }) {
    const rows = sizeOf(y.shape.slice(0, axis));
    const width = widthOf(a.size / rows, b.size / rows);
    const aChannels = a.size / rows / width;
    const bChannels = b.size / rows / width;
    const size = y.size / width;
    gpu.run("copy/concat", { a, b, y, aChannels, bChannels, size }, { threads: size, width });
    return {};
  },
  backward({ gpu, attrs: { axis }, dy, needs, destination }) {
    const rows = sizeOf(dy.shape.slice(0, axis));
    const xChannels = dy.size / rows;
    const cut = (input: "a" | "b"): Tensor | undefined => {
      if (!needs(input)) return undefined;
      const { to: dx, adds } = destination(input);
      const count = dx.size / rows;
      const start = input === "a" ? 0 : xChannels - count;
      copyChannels(gpu, dy, dx, { rows, xChannels, yChannels: count, start, offset: 0, count, adds });
      return dx;
    };
    return { a: cut("a"), b: cut("b") };
  },
});

/**
 * Joins two tensors along an axis, by default the fourth, an image's channels.
 *
 * Shape: a [n, h, w, c1], b [n, h, w, c2] → [n, h, w, c1 + c2], or any other number of axes. Throws ShapeError if
 * another axis differs. Source: PyTorch's cat.
 */
export function concat(a: Tensor, b: Tensor, axis = 3): Tensor {
  return concatOp({ a, b }, { axis });
}
