/** The square root. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineUnary, divide } from "../lib/unary.js";

const sqrtOp = defineUnary("sqrt", { keeps: "y", grad: (gpu, y, dy, dx) => void divide(gpu, dy, y, dx, 0.5) });

/** y = √x, for x of at least 0. Shape: any. The derivative at 0 is infinite; for x below 0, the result is undefined. */
export function sqrt(x: Tensor): Tensor {
  return sqrtOp(x);
}
