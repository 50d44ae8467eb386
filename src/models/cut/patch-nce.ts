/** The contrastive loss of CUT. */
import { crossEntropyLoss } from "../../ops/losses/cross-entropy-loss.js";
import { matmul } from "../../ops/linear/matmul.js";
import { scale } from "../../ops/elementwise/scale.js";
import { transpose } from "../../ops/shape/permute.js";
import type { Tensor } from "../../tensor/tensor.js";

/**
 * How hard it is to find each query's key among all keys of its image:
 * mean over i of −ln(exp(qᵢ·kᵢ / τ) / Σⱼ exp(qᵢ·kⱼ / τ)).
 *
 * The reference puts qᵢ·kᵢ before the row of products and −10 in its place there. Beside the positive entry, that one counts
 * exp((−10 − qᵢ·kᵢ) / τ), at most exp(−9 / 0.07) = 10⁻⁵⁶ for vectors of length 1, which is 0 in float32. Here it is left out.
 *
 * Shape: queries and keys [n, patches, c] → []. Source: arXiv 2007.15651, equation 3; PatchNCELoss.
 */
export function patchNceLoss(queries: Tensor, keys: Tensor, temperature: number): Tensor {
  const [n = 0, patches = 0] = queries.shape;
  using scope = queries.gpu.scope("contrastive loss");
  const logits = matmul(scale(queries, 1 / temperature), transpose(keys));
  const labels = Array.from({ length: n * patches }, (_, row) => row % patches);
  return scope.keep(crossEntropyLoss(logits, labels));
}
