/** Subtraction, element by element. */
import type { Tensor } from "../../tensor/tensor.js";
import { commonShape, elementwise } from "../lib/elementwise.js";
import { defineOp } from "../../tensor/op.js";

const subOp = defineOp<{ a: Tensor; b: Tensor }>()({
  name: "sub",
  shape: ({ a, b }) => commonShape("sub", a, b),
  forward({ gpu, inputs: { a, b }, y }) {
    const { size, grid } = elementwise(y.size);
    gpu.run("elementwise/axpby", { a, b, y, alpha: 1, beta: -1, size }, grid);
    return {};
  },
  backward({ gpu, dy, needs, gradient }) {
    if (!needs("b")) return { a: dy };
    const db = gradient("b");
    const { size, grid } = elementwise(dy.size);
    gpu.run("elementwise/scale", { x: dy, y: db, alpha: -1, size }, grid);
    return { a: dy, b: db };
  },
});

/** y = a − b. Shape: any, the same for both. Throws ShapeError if they differ. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return subOp({ a, b }, {});
}
