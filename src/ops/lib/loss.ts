/** Makes the ops of losses that are a mean over all elements. */
import { ShapeError } from "../../errors.js";
import { gradEnabled, wantsGrad } from "../../tensor/grad-mode.js";
import { formatShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { commonShape } from "./elementwise.js";
import { defineOp } from "../../tensor/op.js";
import { withPartials } from "./partials.js";
import { widthOf } from "./width.js";

/** The target of a loss: a tensor of the prediction's shape, one number for all elements, or one for each half of a batch. */
export type LossTarget = Tensor | number | readonly [firstHalf: number, secondHalf: number];

type LossKernel = "l1" | "mse" | "bce-with-logits" | "hinge";

interface Constants {
  /** The target of the first and of the second half, if it is no tensor. */
  readonly first: number;
  readonly second: number;
  readonly weight: number;
}

/** Makes the op loss = weight · mean(ℓ(x, target)) from the kernels `loss/<kernel>-partial` and `loss/<kernel>-grad`. */
export function defineLoss(name: string, kernel: LossKernel): (x: Tensor, target: LossTarget, weight?: number) => Tensor {
  const op = defineOp<{ x: Tensor; target?: Tensor }, Constants>()({
    name,
    dtype: "float32",
    shape({ x, target }, { first, second }) {
      if (target && gradEnabled() && wantsGrad(target)) {
        throw new ShapeError(`${name}: expected a target that is a constant, got one that requires grad. Use detach().`);
      }
      if (target) commonShape(name, x, target);
      if (first !== second && (x.shape[0] ?? 1) % 2 !== 0) {
        throw new ShapeError(`${name}: expected an even batch for a target of two halves, got ${formatShape(x.shape)}.`);
      }
      return [];
    },
    forward({ gpu, inputs: { x, target }, attrs, y }) {
      const { width, ...constants } = kernelConstants(x, target, attrs);
      withPartials(gpu, x.size, y, attrs.weight / x.size, width, (size, partials, grid) => {
        gpu.run(`loss/${kernel}-partial`, { x, expected: target ?? x, partials, size, threads: grid.threads, ...constants }, grid);
      });
      return { x, target };
    },
    backward({ gpu, saved: { x, target }, attrs, dy, gradient }) {
      const dx = gradient("x");
      const { width, ...constants } = kernelConstants(x, target, attrs);
      const size = x.size / width;
      const alpha = attrs.weight / x.size;
      gpu.run(`loss/${kernel}-grad`, { x, expected: target ?? x, dy, dx, size, alpha, ...constants }, { threads: size, width });
      return { x: dx };
    },
  });
  return (x, target, weight = 1) => {
    if (typeof target === "number") return op({ x }, { first: target, second: target, weight });
    if ("length" in target) return op({ x }, { first: target[0], second: target[1], weight });
    return op({ x, target }, { first: 0, second: 0, weight });
  };
}

/** The width of both kernels, which must divide each half, and the arguments that they share. */
function kernelConstants({ size }: Tensor, target: Tensor | undefined, { first, second }: Constants) {
  const width = first === second ? widthOf(size) : widthOf(size / 2);
  return { width, hasTarget: target ? 1 : 0, half: first === second ? 0 : size / 2 / width, first, second };
}
