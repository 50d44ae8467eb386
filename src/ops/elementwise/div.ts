/** Division, element by element. */
import type { Tensor } from "../../tensor/tensor.js";
import { commonShape, elementwise } from "../lib/elementwise.js";
import { divide } from "../lib/unary.js";
import { defineOp } from "../../tensor/op.js";

const divOp = defineOp<{ a: Tensor; b: Tensor }>()({
  name: "div",
  shape: ({ a, b }) => commonShape("div", a, b),
  forward({ gpu, inputs: { a, b }, y }) {
    divide(gpu, a, b, y);
    return { b, y };
  },
  backward({ gpu, saved: { b, y }, dy, needs, gradient }) {
    const db = needs("b") ? gradient("b") : undefined;
    const { size, grid } = elementwise(dy.size);
    if (db) gpu.run("elementwise/div-grad", { b, y, dy, db, size }, grid);
    return { a: needs("a") ? divide(gpu, dy, b, gradient("a")) : undefined, b: db };
  },
});

/**
 * y = a / b, element by element, for b other than 0.
 *
 * Shape: any, the same for both. Where b is 0, the result is undefined. Throws ShapeError if the shapes differ.
 */
export function div(a: Tensor, b: Tensor): Tensor {
  return divOp({ a, b }, {});
}
