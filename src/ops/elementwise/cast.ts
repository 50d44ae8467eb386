/** Another type for the same values. */
import type { DType } from "../../dtype.js";
import { defineOp } from "../../tensor/op.js";
import type { Tensor } from "../../tensor/tensor.js";
import { elementwise } from "../lib/elementwise.js";

const castTo = (dtype: DType) =>
  defineOp<{ x: Tensor }>()({
    name: "cast",
    dtype,
    shape: ({ x }) => x.shape,
    forward({ gpu, inputs: { x }, y }) {
      const { size, grid } = elementwise(x.size);
      gpu.run("elementwise/scale", { x, y, alpha: 1, size }, grid);
      return {};
    },
    backward({ gpu, dy, gradient }) {
      const dx = gradient("x");
      const { size, grid } = elementwise(dy.size);
      gpu.run("elementwise/scale", { x: dy, y: dx, alpha: 1, size }, grid);
      return { x: dx };
    },
  });

const casts = { float16: castTo("float16"), float32: castTo("float32") };

/**
 * y = x, rounded to `dtype`; x itself if that is its type. The gradient is rounded to the type of x.
 *
 * Shape: any. Values beyond ±65504 become infinity in float16, and values below 2^-25 become 0. Throws DeviceError for float16 on
 * a device without shader-f16. Source: PyTorch's Tensor.to.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : casts[dtype]({ x }, {});
}
