/** Padding by reflection, and its adjoint, which convolutions use too. */
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Bindable } from "../../gpu/kernel-arguments.js";
import { formatShape, imageShape, sizeOf, type ImageShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp, type Destination } from "../../tensor/op.js";
import { widthOf } from "../lib/width.js";

/** Rows and columns added on each side of an image. */
export interface Padding2d {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

const reflectionPadOp = defineOp<{ x: Tensor }, Padding2d>()({
  name: "reflectionPad2d",
  shape({ x }, padding) {
    const [n, h, w, c] = imageShape("reflectionPad2d", "x", x.shape);
    checkPadding("reflectionPad2d", x, padding);
    return [n, h + padding.top + padding.bottom, w + padding.left + padding.right, c];
  },
  forward({ gpu, inputs: { x }, attrs, y }) {
    const from = imageShape("reflectionPad2d", "x", x.shape);
    const to = imageShape("reflectionPad2d", "y", y.shape);
    const { geometry, lanes } = padGeometry(from, to, attrs);
    const size = y.size / lanes;
    gpu.run("reflection-pad2d/forward", { x, y, ...geometry, size }, { threads: size, width: lanes });
    return {};
  },
  backward({ gpu, attrs, dy, destination }) {
    const dx = destination("x");
    const from = imageShape("reflectionPad2d", "dx", dx.to.shape);
    foldReflection(gpu, dy, dx, from, imageShape("reflectionPad2d", "dy", dy.shape), attrs);
    return { x: dx.to };
  },
});

/**
 * dx[n, h, w, c] = Σ dy over every padded position that shows x[n, h, w, c]: the gradient of padding an image of shape
 * `from` to shape `to` by reflection.
 */
export function foldReflection(
  gpu: Gpu,
  dy: Bindable,
  { to: dx, adds }: Destination,
  from: ImageShape,
  to: ImageShape,
  padding: Pick<Padding2d, "top" | "left">,
): void {
  const { geometry, lanes } = padGeometry(from, to, padding);
  const size = sizeOf(from) / lanes;
  gpu.run("reflection-pad2d/backward", { dy, dx, ...geometry, size, adds: adds ? 1 : 0 }, { threads: size, width: lanes });
}

/** The arguments that both kernels share, and the lanes of their Vec. */
function padGeometry(from: ImageShape, to: ImageShape, { top, left }: Pick<Padding2d, "top" | "left">) {
  const [, height, width, channels] = from;
  const [, outHeight, outWidth] = to;
  const lanes = widthOf(channels);
  return { lanes, geometry: { height, width, channels: channels / lanes, outHeight, outWidth, top, left } };
}

/** Throws ShapeError unless a reflection of this size exists: every pad smaller than the axis it pads. */
export function checkPadding(op: string, x: Tensor, { top, bottom, left, right }: Padding2d): void {
  const [, h, w] = imageShape(op, "x", x.shape);
  const sizes = [top, bottom, left, right];
  const fits = sizes.every((size) => Number.isInteger(size) && size >= 0) && Math.max(top, bottom) < h && Math.max(left, right) < w;
  if (!fits) {
    throw new ShapeError(
      `${op}: expected reflection padding of whole numbers smaller than the image, ` +
        `got top ${top}, bottom ${bottom}, left ${left}, right ${right} for x ${formatShape(x.shape)}.`,
    );
  }
}

/**
 * Pads an image by reflection without repeating the edge: 3 2 1 | 0 1 2 3 | 2 1 0.
 *
 * Shape: x [n, h, w, c] → [n, h + top + bottom, w + left + right, c]. `padding`: pixels, one number for all sides or one
 * for each, all smaller than the axis they pad. Throws ShapeError otherwise. Source: PyTorch's ReflectionPad2d.
 */
export function reflectionPad2d(x: Tensor, padding: number | Padding2d): Tensor {
  const sides = typeof padding === "number" ? { top: padding, bottom: padding, left: padding, right: padding } : padding;
  return reflectionPadOp({ x }, sides);
}
