/** Lowers convolutions to one output channel, such as a discriminator's last layer. */
import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import type { ConvGeometry } from "./geometry.js";
import type { CallOf, ConvPass, Lowering, SharedGradient } from "./pass.js";
import { copyChannels } from "../lib/copy-channels.js";
import { paddedGradient, padRows, roundUp4 } from "./pad-channels.js";
import { runPass } from "./variants.js";
import { gatherTaps, spreadTaps } from "./tap-kernels.js";

/**
 * NOTE: one output channel, as in a discriminator's last layer. Its weight [kh, kw, c, 1] is already the matrix [taps, c] in
 * memory. So all three passes are products of matrices over the pixels q of x, and nothing is packed:
 *
 *   z[q, tap] = Σ_c x[q, c] · w[tap, c]        y[p] = bias + Σ_tap z[p + tap − padding, tap]
 *   s[q, tap] = dy[q − tap + padding]          dx[q, c] = Σ_tap s[q, tap] · w[tap, c]
 *                                              dw[tap, c] = Σ_q s[q, tap] · x[q, c]
 */

function fits({ stride, reflect, kernelWidth, channels, outChannels }: ConvGeometry): boolean {
  return stride === 1 && !reflect && kernelWidth > 2 && outChannels === 1 && channels % 4 === 0;
}

const productAs = (pass: ConvPass) => (g: ConvGeometry) => ({ pass, g: productOf(g) });

export const oneChannel = {
  forward: {
    fits,
    product: productAs("transposed"),
    run(gpu, g, { x, w, bias, y }) {
      const product = productOf(g);
      using matrix = padTaps(gpu, g, w);
      using z = Tensor.untracked(gpu, [g.n, g.height, g.width, product.channels], "taps");
      runPass(gpu, "transposed", product, { x, w: matrix, bias: undefined, y: z });
      gatherTaps(gpu, z, bias, y, { ...kernelOf(g), step: 1, padding: g.padding });
    },
  } satisfies Lowering<CallOf["forward"]>,

  transposed: {
    fits,
    product: productAs("forward"),
    run(gpu, g, { x, w, bias, to: { to: y, adds }, shared }) {
      using matrix = padTaps(gpu, g, w);
      using s = spreadGradient(gpu, g, x, shared);
      runPass(gpu, "forward", productOf(g), { x: s, w: matrix, bias, y, adds });
    },
  } satisfies Lowering<CallOf["transposed"]>,

  weightGrad: {
    fits,
    product: productAs("weightGrad"),
    run(gpu, g, { x, dy, to, shared }) {
      const product = productOf(g);
      const size = product.channels * g.channels;
      using s = spreadGradient(gpu, g, dy, shared);
      const compute = (dw: Tensor, adds: boolean): void => runPass(gpu, "weightGrad", product, { x: s, dy: x, dw, adds });
      const count = to.to.size;
      const cut = { rows: 1, xChannels: size, yChannels: count, start: 0, offset: 0, count, adds: to.adds };
      paddedGradient(gpu, to, size, compute, (padded) => copyChannels(gpu, padded, to.to, cut));
    },
  } satisfies Lowering<CallOf["weightGrad"]>,
};

/** A 1×1 convolution of a line of pixels: the taps are channels of its wide side, those of x channels of its narrow side. */
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
