import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import type { ConvGeometry } from "./geometry.js";
import type { SharedGradient } from "./variant.js";
import { convVariants, pickVariant } from "./variants.js";
import { copyChannels } from "../lib/copy-channels.js";
import type { Destination } from "../../tensor/op.js";
import { padRows, roundUp4 } from "./pad-channels.js";
import { withSplits } from "./splits.js";
import { gatherTaps, spreadTaps } from "./tap-kernels.js";

/**
 * NOTE: one output channel, a discriminator's last layer. Its weight [kh, kw, c, 1] is, as it lies there, the matrix
 * [taps, c], so that all three passes are products of matrices over the pixels q of x, and nothing is packed:
 *
 *   z[q, tap] = Σ_c x[q, c] · w[tap, c]        y[p] = bias + Σ_tap z[p + tap − padding, tap]
 *   s[q, tap] = dy[q − tap + padding]          dx[q, c] = Σ_tap s[q, tap] · w[tap, c]
 *                                              dw[tap, c] = Σ_q s[q, tap] · x[q, c]
 */

/** Whether `convForward` and its gradients are better computed that way. */
export function oneChannelFits({ stride, reflect, kernelWidth, channels, outChannels }: ConvGeometry): boolean {
  return stride === 1 && !reflect && kernelWidth > 2 && outChannels === 1 && channels % 4 === 0;
}

export function forwardOneChannel(gpu: Gpu, g: ConvGeometry, x: Tensor, w: Tensor, bias: Tensor | undefined, y: Tensor): void {
  const product = productOf(g);
  using matrix = padTaps(gpu, g, w);
  using z = Tensor.untracked(gpu, [g.n, g.height, g.width, product.channels], "taps");
  pickVariant(gpu, "transposed", product, convVariants.transposed).run(gpu, product, { x, w: matrix, bias: undefined, y: z });
  gatherTaps(gpu, z, bias, y, { ...kernelOf(g), step: 1, padding: g.padding });
}

/** `convTransposed` from one channel. */
export function transposedOneChannel(
  gpu: Gpu,
  g: ConvGeometry,
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
  { to: y, adds }: Destination,
  shared?: SharedGradient,
): void {
  const product = productOf(g);
  using matrix = padTaps(gpu, g, w);
  using s = spreadGradient(gpu, g, x, shared);
  const variant = pickVariant(gpu, "forward", product, convVariants.forward);
  withSplits(gpu, 1, y, adds, (out) => variant.run(gpu, product, { x: s, w: matrix, bias, y: out }));
}

export function weightGradOneChannel(
  gpu: Gpu,
  g: ConvGeometry,
  x: Tensor,
  dy: Tensor,
  { to: dw, adds }: Destination,
  shared?: SharedGradient,
): void {
  const product = productOf(g);
  const count = product.channels * g.channels;
  using s = spreadGradient(gpu, g, dy, shared);
  using matrix = count === dw.size ? dw.alias() : Tensor.untracked(gpu, [count], "padded weight gradient");
  pickVariant(gpu, "weightGrad", product, convVariants.weightGrad).run(gpu, product, { x: s, dy: x, dw: matrix, adds: adds && count === dw.size });
  if (count === dw.size) return;
  const cut = { rows: 1, xChannels: count, yChannels: dw.size, start: 0, offset: 0, count: dw.size };
  copyChannels(gpu, matrix, dw, { ...cut, adds });
}

/** Of the taps, as channels of the wide side, and the channels of x, as those of the narrow one: a 1×1 convolution of a line. */
function productOf({ n, height, width, channels: outChannels, kernelHeight, kernelWidth }: ConvGeometry): ConvGeometry {
  const pixels = n * height * width;
  const wide = { n: 1, height: 1, width: pixels, channels: roundUp4(kernelHeight * kernelWidth) };
  const kernel = { kernelHeight: 1, kernelWidth: 1, stride: 1, padding: 0, reflect: 0 } as const;
  return { ...wide, ...kernel, outHeight: 1, outWidth: pixels, outChannels };
}

const kernelOf = ({ kernelHeight, kernelWidth }: ConvGeometry) => ({ kernelHeight, kernelWidth });

/** [taps, c] with the taps filled up. Release it. */
function padTaps(gpu: Gpu, g: ConvGeometry, w: Tensor): Tensor {
  return padRows(gpu, w, 1, w.size, productOf(g).channels * g.channels);
}

function spreadGradient(gpu: Gpu, g: ConvGeometry, dy: Tensor, shared?: SharedGradient): Tensor {
  const make = (): Tensor => spreadTaps(gpu, dy, g.height, g.width, { ...kernelOf(g), step: -1, padding: -g.padding });
  return shared?.take(make) ?? make();
}
