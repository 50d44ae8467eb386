import { ShapeError } from "../errors.js";
import { gradEnabled, wantsGrad } from "../grad-mode.js";
import type { Tensor } from "../tensor.js";
import { commonShape, elementwise } from "./elementwise.js";
import { defineOp } from "./op.js";
import { withPartials } from "./partials.js";

/** What a prediction is compared with: a tensor of its shape, or one number for all elements. */
export type LossTarget = Tensor | number;

type LossKernel = "l1" | "mse" | "bce-with-logits";

/** Makes the op loss = mean(ℓ(x, target)) from the kernels `loss/<kernel>-partial` and `loss/<kernel>-grad`. */
export function defineLoss(name: string, kernel: LossKernel): (x: Tensor, target: LossTarget) => Tensor {
  const op = defineOp<{ x: Tensor; target?: Tensor }, { constant: number }>()({
    name,
    shape({ x, target }) {
      if (target && gradEnabled() && wantsGrad(target)) {
        throw new ShapeError(`${name}: expected a target that is a constant, got one that requires grad. Use detach().`);
      }
      if (target) commonShape(name, x, target);
      return [];
    },
    forward({ gpu, inputs: { x, target }, attrs: { constant }, y }) {
      withPartials(gpu, x.size, y, 1 / x.size, (size, partials, grid) => {
        const hasTarget = target ? 1 : 0;
        const { threads } = grid;
        gpu.run(`loss/${kernel}-partial`, { x, expected: target ?? x, partials, size, threads, hasTarget, constant }, grid);
      });
      return { x, target };
    },
    backward({ gpu, saved: { x, target }, attrs: { constant }, dy, gradient }) {
      const dx = gradient("x");
      const { size, grid } = elementwise(x.size);
      const hasTarget = target ? 1 : 0;
      const alpha = 1 / x.size;
      gpu.run(`loss/${kernel}-grad`, { x, expected: target ?? x, dy, dx, size, alpha, hasTarget, constant }, grid);
      return { x: dx };
    },
  });
  return (x, target) => (typeof target === "number" ? op({ x }, { constant: target }) : op({ x, target }, { constant: 0 }));
}
