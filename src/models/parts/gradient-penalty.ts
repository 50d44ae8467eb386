/** The gradient penalty of a Wasserstein GAN, which holds the slope of its critic at 1. */
import { ShapeError } from "../../errors.js";
import { add } from "../../ops/elementwise/add.js";
import { cast } from "../../ops/elementwise/cast.js";
import { mul } from "../../ops/elementwise/mul.js";
import { sqrt } from "../../ops/elementwise/sqrt.js";
import { sub } from "../../ops/elementwise/sub.js";
import { mseLoss } from "../../ops/losses/mse-loss.js";
import { sum } from "../../ops/reduce/sum.js";
import type { Random } from "../../random.js";
import { formatShape, imageShape, sameShape } from "../../shape.js";
import { backward } from "../../tensor/autograd.js";
import { frozen, noGrad } from "../../tensor/grad-mode.js";
import { Tensor } from "../../tensor/tensor.js";
import { trainedTensors } from "../../nn/module.js";
import type { Network } from "../networks/build.js";
import { networkTangent } from "../networks/tangent.js";

/** λ and the slope that is wanted: the paper's. */
const WEIGHT = 10;
const SLOPE = 1;
/** Added to each element of a gradient, as in the reference, so that a gradient of 0 has a direction. */
const EPSILON = 1e-16;

/** The penalty, with the random numbers that it draws. */
export class GradientPenalty {
  random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /**
   * weight · 10 · mean (‖∇S(x̂)‖₂ − 1)² over the images x̂ = α · real + (1 − α) · fake, with α uniform in [0, 1) for each image, and
   * S the sum of the critic's output. The norm is that of all pixels and channels of an image.
   *
   * Its gradients reach the parameters of the critic, none reaches the images. Computed in float32 at either precision.
   *
   * Shape: real and fake [n, h, w, c] → []. Throws ShapeError if they differ. Source: arXiv 1704.00028, algorithm 1; the reference's
   * cal_gradient_penalty.
   */
  of(critic: Network, real: Tensor, fake: Tensor, weight = 1): Tensor {
    using scope = real.gpu.scope("gradient penalty");
    const mixed = noGrad(() => this.#mixed(real, fake));
    const gradient = inputGradient(critic, mixed).withGrad();
    const penalty = mseLoss(lengths(gradient), SLOPE, weight * WEIGHT);
    backward(penalty);
    const { grad } = gradient;
    if (!grad) throw new RangeError("the penalty depends on the gradient");
    // By the chain rule, d penalty / d parameter = grad · d gradient / d parameter, which is the parameter's gradient of the sum of
    // the critic's derivative in the direction grad. The sum itself is subtracted again.
    const change = sum(networkTangent(critic, mixed, grad));
    return scope.keep(add(penalty.detach(), sub(change, change.detach())));
  }

  /** α · real + (1 − α) · fake */
  #mixed(real: Tensor, fake: Tensor): Tensor {
    if (!sameShape(real.shape, fake.shape)) {
      throw new ShapeError(
        `gradient penalty: expected real and generated images of one size, got ${formatShape(real.shape)} and ${formatShape(fake.shape)}. ` +
          "Use a --preprocess with crop, or another --gan-mode.",
      );
    }
    const { gpu, shape, size } = real;
    const [n] = imageShape("gradient penalty", "real", shape);
    const shares = Tensor.from(gpu, [n], Array.from({ length: n }, () => this.random.uniform()), "α");
    const share = Tensor.empty(gpu, shape, "α of each element");
    gpu.run("reduce/spread-rows", { dy: shares, dx: share, rows: size / n, columns: 1, size }, { threads: size, width: 1 });
    const [ofReal, ofFake] = [cast(real, "float32"), cast(fake, "float32")];
    return add(ofFake, mul(share, sub(ofReal, ofFake)));
  }
}

/** ∇ Σ network(x), a constant. */
function inputGradient(network: Network, x: Tensor): Tensor {
  using scope = x.gpu.scope("input gradient");
  const input = x.detach().withGrad();
  backward(sum(frozen(trainedTensors(network), () => network.forward(input))));
  const { grad } = input;
  if (!grad) throw new RangeError("the output depends on the input");
  return scope.keep(grad.detach());
}

/** The length of each image's gradient. Shape: [n, h, w, c] → [n]. */
function lengths(gradient: Tensor): Tensor {
  const raised = add(gradient, Tensor.full(gradient.gpu, gradient.shape, EPSILON));
  return sqrt(sum(mul(raised, raised), { axes: [1, 2, 3] }));
}
