import { roundUp4 } from "../../ops/conv/pad-channels.js";
import type { Shape } from "../../shape.js";
import type { CycleGANOptions } from "../cyclegan/options.js";

/** Channels of a row of a 7×7 kernel with 3 outputs, which its convolution computes side by side. */
const TAP_CHANNELS = 7 * 3;

/**
 * Bytes of the largest tensor that any of the networks makes of a batch [n, h, w, c]: of full size, with the padding of
 * the 7×7 convolutions.
 */
export function largestActivation({ ngf, ndf, netD, upsample }: CycleGANOptions, [n = 1, h = 1, w = 1]: Shape): number {
  const widest = upsample === "resize-conv" ? 2 * ngf : ngf;
  const channels = Math.max(widest, TAP_CHANNELS, netD === "pixel" ? 2 * ndf : ndf);
  return 4 * n * (h + 6) * (w + 6) * roundUp4(channels);
}
