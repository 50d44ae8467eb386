/** Dropout with a mask that can be computed again. */
import { ShapeError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Tensor } from "../../tensor/tensor.js";
import { defineOp } from "../../tensor/op.js";

/** Selects a mask: the same seed and offset always give the same one. Both are whole numbers, the offset at least 0. */
export interface DropoutDraw {
  readonly seed: number;
  /** Another number for each mask, such as a counter of calls. */
  readonly offset: number;
}

interface Mask extends DropoutDraw {
  readonly p: number;
}

const TWO_32 = 2 ** 32;

const dropoutOp = defineOp<{ x: Tensor }, Mask>()({
  name: "dropout",
  shape({ x }, { p, seed, offset }) {
    if (!(p >= 0 && p < 1)) throw new ShapeError(`dropout: expected a probability p in [0, 1), got ${p}.`);
    if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(offset) || offset < 0) {
      throw new ShapeError(`dropout: expected a whole seed and a whole offset of at least 0, got seed ${seed}, offset ${offset}.`);
    }
    return x.shape;
  },
  forward({ gpu, inputs: { x }, attrs, y }) {
    applyMask(gpu, x, y, attrs);
    return {};
  },
  backward({ gpu, attrs, dy, gradient }) {
    const dx = gradient("x");
    applyMask(gpu, dy, dx, attrs);
    return { x: dx };
  },
});

/** Computes y from x, and dx from dy: the mask is computed again instead of stored. */
function applyMask(gpu: Gpu, x: Tensor, y: Tensor, { p, seed, offset }: Mask): void {
  const args = {
    size: x.size,
    threshold: Math.min(Math.round(p * TWO_32), TWO_32 - 1),
    scale: 1 / (1 - p),
    seedLow: seed >>> 0,
    seedHigh: Math.floor(seed / TWO_32) >>> 0,
    offsetLow: offset >>> 0,
    offsetHigh: Math.floor(offset / TWO_32),
  };
  gpu.run("elementwise/dropout", { x, y, ...args }, { threads: Math.ceil(x.size / 4) });
}

/**
 * y = x / (1 − p) with probability 1 − p, else 0, for each element on its own.
 *
 * The mask is a pure function of seed, offset and the place of the element (Philox-4x32-10). It is the same on every device, and
 * `backward` computes it again instead of keeping it. To evaluate a network, leave the op out.
 *
 * Shape: any. `p`: in [0, 1). `draw`: selects the mask; use another offset for each call. Throws ShapeError for another p, and for
 * a seed or an offset that is not whole. Source: Srivastava et al., JMLR 15 (2014); PyTorch's dropout.
 */
export function dropout(x: Tensor, p: number, draw: DropoutDraw): Tensor {
  return dropoutOp({ x }, { p, seed: draw.seed, offset: draw.offset });
}
