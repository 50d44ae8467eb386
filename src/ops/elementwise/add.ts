/** Addition, element by element. */
import type { Tensor } from "../../tensor/tensor.js";
import { commonShape, elementwise } from "../lib/elementwise.js";
import { defineOp } from "../../tensor/op.js";

const addOp = defineOp<{ a: Tensor; b: Tensor }>()({
  name: "add",
  shape: ({ a, b }) => commonShape("add", a, b),
  forward({ gpu, inputs: { a, b }, y }) {
    const { size, grid } = elementwise(y.size);
    gpu.run("elementwise/axpby", { a, b, y, alpha: 1, beta: 1, size }, grid);
    return {};
  },
  backward: ({ dy }) => ({ a: dy, b: dy }),
});

/** y = a + b. Shape: any, the same for both. Throws ShapeError if they differ. */
export function add(a: Tensor, b: Tensor): Tensor {
  return addOp({ a, b }, {});
}
