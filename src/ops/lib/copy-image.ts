/** Copies of images between batches. */
import { sizeOf } from "../../shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { copyChannels } from "./copy-channels.js";

/** Copies image `from` of the batch x over image `to` of the batch y; both hold images of one shape. */
export function copyImage(x: Tensor, from: number, y: Tensor, to: number): void {
  const count = sizeOf(x.shape.slice(1));
  // The whole batch is one row.
  copyChannels(x.gpu, x, y, { rows: 1, xChannels: x.size, yChannels: y.size, start: from * count, offset: to * count, count });
}
