import type { Gpu } from "../gpu/gpu.js";
import type { Tensor } from "../tensor/tensor.js";
import { commonShape, elementwise } from "./lib/elementwise.js";
import { defineOp } from "../tensor/op.js";

/** y = a + beta · b */
function combine(gpu: Gpu, a: Tensor, b: Tensor, y: Tensor, beta: number): void {
  const { size, grid } = elementwise(y.size);
  gpu.run("elementwise/axpby", { a, b, y, alpha: 1, beta, size }, grid);
}

const addOp = defineOp<{ a: Tensor; b: Tensor }>()({
  name: "add",
  shape: ({ a, b }) => commonShape("add", a, b),
  forward({ gpu, inputs: { a, b }, y }) {
    combine(gpu, a, b, y, 1);
    return {};
  },
  backward: ({ dy }) => ({ a: dy, b: dy }),
});

const subOp = defineOp<{ a: Tensor; b: Tensor }>()({
  name: "sub",
  shape: ({ a, b }) => commonShape("sub", a, b),
  forward({ gpu, inputs: { a, b }, y }) {
    combine(gpu, a, b, y, -1);
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

/** y = a + b. Shape: any, the same for both. Throws ShapeError when they differ. */
export function add(a: Tensor, b: Tensor): Tensor {
  return addOp({ a, b }, {});
}

/** y = a − b. Shape: any, the same for both. Throws ShapeError when they differ. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return subOp({ a, b }, {});
}
