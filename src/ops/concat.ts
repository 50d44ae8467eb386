import { ShapeError } from "../errors.js";
import { formatShape, imageShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { copyChannels } from "./copy-channels.js";
import { defineOp } from "./op.js";

const channelsOf = (tensor: Tensor): number => tensor.shape[3] ?? 0;

const concatOp = defineOp<{ a: Tensor; b: Tensor }>()({
  name: "concat",
  shape({ a, b }) {
    const [n, h, w, c] = imageShape("concat", "a", a.shape);
    const [bn, bh, bw, bc] = imageShape("concat", "b", b.shape);
    if (n !== bn || h !== bh || w !== bw) {
      throw new ShapeError(
        `concat: expected two tensors alike in all but channels, got ${formatShape(a.shape)} and ${formatShape(b.shape)}.`,
      );
    }
    return [n, h, w, c + bc];
  },
  forward({ gpu, inputs: { a, b }, y }) {
    const yChannels = channelsOf(y);
    const rows = y.size / yChannels;
    const [first, second] = [channelsOf(a), channelsOf(b)];
    copyChannels(gpu, a, y, { rows, xChannels: first, yChannels, start: 0, offset: 0, count: first });
    copyChannels(gpu, b, y, { rows, xChannels: second, yChannels, start: 0, offset: first, count: second });
    return {};
  },
  backward({ gpu, dy, needs, gradient }) {
    const xChannels = channelsOf(dy);
    const cut = (input: "a" | "b"): Tensor | undefined => {
      if (!needs(input)) return undefined;
      const dx = gradient(input);
      const count = channelsOf(dx);
      const start = input === "a" ? 0 : xChannels - count;
      copyChannels(gpu, dy, dx, { rows: dy.size / xChannels, xChannels, yChannels: count, start, offset: 0, count });
      return dx;
    };
    return { a: cut("a"), b: cut("b") };
  },
});

/**
 * Joins two image tensors along their channels.
 *
 * Shape: a [n, h, w, c1], b [n, h, w, c2] → [n, h, w, c1 + c2]. Throws ShapeError when other axes differ.
 */
export function concat(a: Tensor, b: Tensor): Tensor {
  return concatOp({ a, b }, {});
}
