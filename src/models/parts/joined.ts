/** Two batches of images in one pass of a network. */
import type { Norm } from "../../nn/norm.js";
import { concat } from "../../ops/shape/concat.js";
import { narrow } from "../../ops/shape/narrow.js";
import { sameShape } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Network } from "../networks/build.js";
import { largestActivation } from "../networks/layer.js";

/** Whether two batches may be joined: their sizes are equal, the norm treats images separately, and no activation is too large. */
export function joinable(networks: readonly Network[], norm: Norm, a: Tensor, b: Tensor): boolean {
  if (norm === "batch" || !sameShape(a.shape, b.shape)) return false;
  const { maxBufferSize, maxStorageBufferBindingSize } = a.gpu.device.limits;
  const [n = 1, height = 1, width = 1] = a.shape;
  const largest = Math.max(...networks.map(({ architecture }) => largestActivation(architecture, 2 * n, height, width)));
  return largest <= Math.min(maxBufferSize, maxStorageBufferBindingSize);
}

/** The results for two batches of images, computed in one pass over both. */
export function inOnePass(a: Tensor, b: Tensor, forward: (images: Tensor) => Tensor): readonly [Tensor, Tensor] {
  const y = forward(concat(a, b, 0));
  const n = (y.shape[0] ?? 0) / 2;
  return [narrow(y, 0, 0, n), narrow(y, 0, n, n)];
}
