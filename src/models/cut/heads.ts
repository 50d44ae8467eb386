/** The projection heads of CUT. */
import type { Gpu } from "../../gpu/gpu.js";
import { Linear } from "../../nn/linear.js";
import { prefixed, Sequential, stateless, type Module, type Parameter, type ParameterSet } from "../../nn/module.js";
import { relu } from "../../ops/elementwise/relu.js";
import { l2Normalize } from "../../ops/norm/l2-normalize.js";
import type { Tensor } from "../../tensor/tensor.js";

/**
 * A head for each layer whose features are compared: Linear(c, width), ReLU, Linear(width, width), then vectors of length 1.
 *
 * Names as in the reference's `net_F`: `mlp_0.0.weight` and so on. Source: arXiv 2007.15651, section 3; PatchSampleF.
 */
export class ProjectionHeads implements ParameterSet {
  readonly #heads: readonly Module[];

  /** `channels`: of each layer's features. */
  constructor(gpu: Gpu, channels: readonly number[], width: number) {
    this.#heads = channels.map(
      (inFeatures) =>
        new Sequential([
          [0, new Linear(gpu, { inFeatures, outFeatures: width })],
          [1, stateless(relu)],
          [2, new Linear(gpu, { inFeatures: width, outFeatures: width })],
        ]),
    );
  }

  /** The features of the layer at this index, projected. Shape: [n, patches, c] → [n, patches, width]. */
  project(index: number, features: Tensor): Tensor {
    const head = this.#heads[index];
    if (!head) throw new RangeError(`expected one of ${this.#heads.length} layers, got ${index}`);
    using scope = features.gpu.scope("projection");
    return scope.keep(l2Normalize(head.forward(features)));
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return prefixed(this.#heads.map((head, index) => [`mlp_${index}`, head]));
  }
}
