/** The inverse of max pooling. */
import { ShapeError } from "../../errors.js";
import { formatShape, imageShape, sameShape, sizeOf } from "../../shape.js";
import { defineOp } from "../../tensor/op.js";
import type { Tensor } from "../../tensor/tensor.js";
import { launch, pooledShape, windowOf, type Pool2dOptions, type Window } from "./pool2d.js";

export interface MaxUnpool2dOptions extends Pool2dOptions {
  /** Height and width of the image that was pooled; default (h − 1) · stride − 2 · padding + kernelSize. */
  readonly outputSize?: readonly [height: number, width: number];
}

interface Attributes extends Window {
  readonly height: number;
  readonly width: number;
}

const maxUnpool2dOp = defineOp<{ x: Tensor; places: Tensor }, Attributes>()({
  name: "maxUnpool2d",
  shape({ x, places }, { height, width, ...window }) {
    const [n, , , c] = imageShape("maxUnpool2d", "x", x.shape);
    const shape = [n, height, width, c] as const;
    if (window.stride < window.kernelSize) {
      throw new ShapeError(
        `maxUnpool2d: expected windows that do not overlap, got stride ${window.stride} below kernelSize ${window.kernelSize}.`,
      );
    }
    if (!sameShape(x.shape, places.shape) || !sameShape(x.shape, pooledShape("maxUnpool2d", shape, window))) {
      throw new ShapeError(
        `maxUnpool2d: expected x and places of the pooled shape of ${formatShape(shape)}, ` +
          `got ${formatShape(x.shape)} and ${formatShape(places.shape)}.`,
      );
    }
    return shape;
  },
  forward({ gpu, inputs: { x, places }, attrs, y }) {
    const { args, grid } = launch("maxUnpool2d", y.shape, attrs, y.size);
    gpu.run("pool2d/max-grad", { places, dy: x, dx: y, ...args }, grid);
    return { places };
  },
  backward({ gpu, saved: { places }, dy, needs, gradient }) {
    if (!needs("x")) return {};
    const dx = gradient("x");
    const [, , , channels = 1] = dx.shape;
    const [pixels, outPixels] = [sizeOf(dy.shape.slice(1, 3)), sizeOf(dx.shape.slice(1, 3))];
    const args = { size: dx.size, channels, pixels, outPixels };
    gpu.run("pool2d/take", { x: dy, places, y: dx, ...args }, { threads: dx.size });
    return { x: dx };
  },
});

/**
 * y[n, h, w, c] = x[n, i, j, c] where places[n, i, j, c] = h · width + w, else 0: puts each maximum back to its place.
 *
 * Shape: x [n, h, w, c], places alike and taken as constants → [n, (h − 1)·stride − 2·padding + kernelSize, …, c], or
 * `outputSize`. `places` and the options are those of `maxPool2dWithPlaces`, with a stride of at least kernelSize. Throws
 * ShapeError for other shapes, and for windows that overlap. Source: PyTorch's max_unpool2d.
 */
export function maxUnpool2d(x: Tensor, places: Tensor, options: MaxUnpool2dOptions): Tensor {
  const window = windowOf("maxUnpool2d", options);
  const [, h, w] = imageShape("maxUnpool2d", "x", x.shape);
  const full = (extent: number): number => (extent - 1) * window.stride - 2 * window.padding + window.kernelSize;
  const [height, width] = options.outputSize ?? [full(h), full(w)];
  return maxUnpool2dOp({ x, places }, { ...window, height, width });
}
