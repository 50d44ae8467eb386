/** A range of an axis. */
import { ShapeError } from "../../errors.js";
import { axisOf, formatShape, sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { copyChannels } from "../lib/copy-channels.js";
import { defineOp } from "../../tensor/op.js";

interface Range {
  readonly axis: number;
  readonly start: number;
  readonly length: number;
}

const narrowOp = defineOp<{ x: Tensor }, Range & { readonly extent: number }>()({
  name: "narrow",
  shape({ x }, { axis, start, length, extent }) {
    if (!Number.isInteger(start) || !Number.isInteger(length) || start < 0 || length < 1 || start + length > extent) {
      throw new ShapeError(
        `narrow: expected a range inside axis ${axis} of ${formatShape(x.shape)}, got ${length} from ${start} on.`,
      );
    }
    return x.shape.map((all, i) => (i === axis ? length : all));
  },
  forward({ gpu, inputs: { x }, attrs: { axis, start }, y }) {
    const rows = sizeOf(x.shape.slice(0, axis));
    const inner = sizeOf(x.shape.slice(axis + 1));
    const count = y.size / rows;
    copyChannels(gpu, x, y, { rows, xChannels: x.size / rows, yChannels: count, start: start * inner, offset: 0, count });
    return {};
  },
  backward({ gpu, attrs: { axis, start, extent }, dy, destination }) {
    const { to: dx, adds } = destination("x");
    const rows = sizeOf(dy.shape.slice(0, axis));
    const inner = sizeOf(dy.shape.slice(axis + 1));
    const [xChannels, yChannels, offset] = [dy.size / rows, extent * inner, start * inner];
    // Before and past a row of dy, zeros are read.
    const range = adds ? { start: 0, offset, count: xChannels } : { start: -offset, offset: 0, count: yChannels };
    copyChannels(gpu, dy, dx, { rows, xChannels, yChannels, ...range, adds });
    return { x: dx };
  },
});

/**
 * y = `length` places of one axis of x, from `start` on.
 *
 * Shape: x [n, h, w, c], axis 0 → [length, h, w, c]. Throws ShapeError if the axis has no such places. Unlike PyTorch's
 * narrow, it copies.
 */
export function narrow(x: Tensor, axis: number, start: number, length: number): Tensor {
  return narrowOp({ x }, { axis, start, length, extent: axisOf("narrow", x.shape, axis) });
}
