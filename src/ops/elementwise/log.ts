/** The natural logarithm. */
import type { Tensor } from "../../tensor/tensor.js";
import { defineUnary, divide } from "../lib/unary.js";

const logOp = defineUnary("log", { keeps: "x", grad: (gpu, x, dy, dx) => void divide(gpu, dy, x, dx) });

/** y = ln(x), for x above 0. Shape: any. For other x, the result is undefined. */
export function log(x: Tensor): Tensor {
  return logOp(x);
}
