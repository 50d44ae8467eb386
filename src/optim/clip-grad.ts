/** Limits of gradients, between `backward` and the optimizer's step. */
import { checkNumber } from "../check-number.js";
import { bytesOf } from "../dtype.js";
import { UsageError } from "../errors.js";
import { add } from "../ops/elementwise/add.js";
import { cast } from "../ops/elementwise/cast.js";
import { mul } from "../ops/elementwise/mul.js";
import { sqrt } from "../ops/elementwise/sqrt.js";
import { elementwise } from "../ops/lib/elementwise.js";
import { sum } from "../ops/reduce/sum.js";
import { noGrad } from "../tensor/grad-mode.js";
import { Tensor } from "../tensor/tensor.js";

/** The gradients of the parameters that have one, each once. One whose memory has another handle is replaced by a copy, to be changed. */
function ownGradients(parameters: readonly Tensor[]): readonly Tensor[] {
  const gradients = parameters.flatMap((parameter) => {
    const { grad } = parameter;
    if (!grad || grad.storage.references === 1) return grad ? [grad] : [];
    const copy = Tensor.untracked(grad.gpu, grad.shape, grad.label, grad.dtype);
    grad.gpu.queue.copy(grad.storage, copy.storage, 4 * Math.ceil((grad.size * bytesOf(grad.dtype)) / 4));
    grad.release();
    parameter.grad = copy;
    return [copy];
  });
  return [...new Set(gradients)];
}

/**
 * Scales all gradients by min(1, maxNorm / (‖g‖₂ + 1e-6)), where ‖g‖₂ is the norm of all of them together. Returns that norm, without a
 * wait for the device.
 *
 * Shape of the result: []. Throws UsageError unless maxNorm is above 0, or when no parameter has a gradient. Source: PyTorch's
 * clip_grad_norm_.
 */
export function clipGradNorm(parameters: readonly Tensor[], maxNorm: number): Tensor {
  checkNumber("clipGradNorm", "maxNorm", maxNorm, { above: 0 });
  const gradients = ownGradients(parameters);
  const [first, ...rest] = gradients;
  if (!first) throw new UsageError("clipGradNorm: expected a parameter with a gradient, got none. Call it after backward().");
  const { gpu } = first;
  using scope = gpu.scope("clipGradNorm");
  return noGrad(() => {
    const squaresOf = (gradient: Tensor): Tensor => {
      const x = cast(gradient, "float32");
      return sum(mul(x, x));
    };
    const squares = rest.reduce((total, gradient) => add(total, squaresOf(gradient)), squaresOf(first));
    for (const x of gradients) {
      const { size, grid } = elementwise(x.size);
      gpu.run("optim/clip-norm", { squares, x, size, most: maxNorm }, grid);
    }
    return scope.keep(sqrt(squares));
  });
}

/** Limits every element of all gradients to −most … most. Throws UsageError unless `most` is above 0. Source: PyTorch's clip_grad_value_. */
export function clipGradValue(parameters: readonly Tensor[], most: number): void {
  checkNumber("clipGradValue", "most", most, { above: 0 });
  for (const x of ownGradients(parameters)) {
    const { size, grid } = elementwise(x.size);
    x.gpu.run("optim/clip-value", { x, size, most }, grid);
  }
}
