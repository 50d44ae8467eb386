/** Multiplication, element by element. */
import type { Gpu } from "../../gpu/gpu.js";
import type { Tensor } from "../../tensor/tensor.js";
import { commonShape, elementwise } from "../lib/elementwise.js";
import { defineOp } from "../../tensor/op.js";

function multiply(gpu: Gpu, a: Tensor, b: Tensor, y: Tensor): Tensor {
  const { size, grid } = elementwise(y.size);
  gpu.run("elementwise/mul", { a, b, y, size }, grid);
  return y;
}

const mulOp = defineOp<{ a: Tensor; b: Tensor }>()({
  name: "mul",
  shape: ({ a, b }) => commonShape("mul", a, b),
  forward({ gpu, inputs: { a, b }, y }) {
    multiply(gpu, a, b, y);
    return { a, b };
  },
  backward({ gpu, saved: { a, b }, dy, needs, gradient }) {
    return {
      a: needs("a") ? multiply(gpu, dy, b, gradient("a")) : undefined,
      b: needs("b") ? multiply(gpu, dy, a, gradient("b")) : undefined,
    };
  },
});

/** y = a · b, element by element. Shape: any, the same for both. Throws ShapeError if they differ. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return mulOp({ a, b }, {});
}
