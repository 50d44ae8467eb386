/** Lowers convolutions with few channels on one side, by making the taps of a kernel's row into channels. */
import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import type { ConvGeometry } from "./geometry.js";
import { folding, unreflected } from "./fold.js";
import type { CallOf, ConvPass, Lowering, SharedGradient } from "./pass.js";
import { padRows, roundUp4 } from "./pad-channels.js";
import { runPass } from "./variants.js";
import { gatherTaps, spreadTaps } from "./tap-kernels.js";

/** With fewer output channels, most of a kernel's tile is empty. */
const NARROW = 5;

/**
 * NOTE: taps as channels. A convolution to three channels or one (a generator's last layer, the input gradient of its
 * first) would use three or one of the 32 channels that a kernel's tile is wide. Instead the taps of a kernel row become
 * channels:
 *
 *   z[h, q, kw · O + o] = Σ_{kh, c} x[h + kh, q, c] · w[kh, kw, c, o]      a convolution with a kernel one column wide
 *   y[h, w, o] = Σ_kw z[h, w + kw, kw · O + o]                            shifts and additions
 *
 * A 7×7 kernel to 3 channels then fills 21 of 24 channels, and an input value is loaded once for 7 taps. `conv/one-channel.ts`
 * does the same with all taps of a kernel to one channel, and `conv/few-inputs.ts` with the taps of few input channels.
 */

function fits({ stride, kernelWidth, channels, outChannels }: ConvGeometry): boolean {
  return stride === 1 && kernelWidth > 2 && outChannels < NARROW && channels % 4 === 0;
}

/** Whether it is for the convolution of an image that has been padded. */
function gatheredFits({ stride, padding, kernelWidth, channels, outChannels }: ConvGeometry): boolean {
  return stride === 1 && padding === 0 && kernelWidth > 2 && channels < NARROW && outChannels % 4 === 0;
}

const productAs = (pass: ConvPass) => (g: ConvGeometry) => ({ pass, g: widen(g) });

export const taps = {
  forward: {
    fits,
    product: productAs("forward"),
    run(gpu, g, { x, w, bias, y }) {
      const wide = widen(g);
      using packed = packTaps(gpu, g, w);
      using z = Tensor.untracked(gpu, [g.n, wide.outHeight, wide.outWidth, wide.outChannels], "taps");
      runPass(gpu, "forward", wide, { x, w: packed, bias: undefined, y: z });
      gatherTaps(gpu, z, bias, y, rowOf(g, 1));
    },
  } satisfies Lowering<CallOf["forward"]>,

  /** The transposed pass of a convolution to few channels. */
  transposed: {
    fits,
    product: productAs("transposed"),
    run(gpu, g, { x, w, bias, to: { to: y, adds }, shared }) {
      using z = spreadRow(gpu, g, x, shared);
      using packed = packTaps(gpu, g, w);
      runPass(gpu, "transposed", widen(g), { x: z, w: packed, bias, y, adds });
    },
  } satisfies Lowering<CallOf["transposed"]>,

  /** The transposed pass of a convolution from few channels, whose result has few. Without padding, or with reflected edges. */
  gathered: {
    fits: (g) => gatheredFits(unreflected(g)),
    product: (g) => ({ pass: "transposed", g: gatheredProduct(unreflected(g)) }),
    run(gpu, g, { x, w, bias, to }) {
      folding(gpu, g, to, (h, { to: y, adds }) => {
        const { kernelHeight, kernelWidth, channels, outChannels } = h;
        const product = gatheredProduct(h);
        // In [kh, kw, c, o] the taps of a row are already side by side.
        using packed = padRows(gpu, w, kernelHeight, kernelWidth * channels * outChannels, product.channels * outChannels);
        using z = Tensor.untracked(gpu, [h.n, h.height, h.outWidth, product.channels], "taps");
        runPass(gpu, "transposed", product, { x, w: packed, bias: undefined, y: z });
        gatherTaps(gpu, z, bias, y, { ...rowOf(h, -1), adds });
      });
    },
  } satisfies Lowering<CallOf["transposed"]>,

  weightGrad: {
    fits,
    product: productAs("weightGrad"),
    run(gpu, g, { x, dy, to, shared }) {
      const wide = widen(g);
      const { kernelHeight, kernelWidth, channels, outChannels } = g;
      const tapChannels = wide.outChannels;
      using z = spreadRow(gpu, g, dy, shared);
      using packed = Tensor.untracked(gpu, [kernelHeight, 1, channels, tapChannels], "gradient of the taps of a weight");
      runPass(gpu, "weightGrad", wide, { x, dy: z, dw: packed });
      const sizes = { kernelHeight, kernelWidth, channels, outChannels, tapChannels };
      gpu.run("conv2d/unpack-taps", { z: packed, w: to.to, ...sizes, adds: to.adds ? 1 : 0 }, { threads: kernelHeight * channels });
    },
  } satisfies Lowering<CallOf["weightGrad"]>,
};

/** The product, whose result has the rows of y and the columns of x. */
function gatheredProduct(g: ConvGeometry): ConvGeometry {
  return { ...g, width: g.outWidth, channels: roundUp4(g.kernelWidth * g.channels), kernelWidth: 1 };
}

/** [kh, 1, c, kw · o], filled up, of a weight [kh, kw, c, o]. Release it. */
function packTaps(gpu: Gpu, g: ConvGeometry, w: Tensor): Tensor {
  const { kernelHeight, kernelWidth, channels, outChannels } = g;
  const tapChannels = widen(g).outChannels;
  const packed = Tensor.untracked(gpu, [kernelHeight, 1, channels, tapChannels], "taps of a weight");
  const sizes = { kernelHeight, kernelWidth, channels, outChannels, tapChannels };
  gpu.run("conv2d/pack-taps", { w, z: packed, ...sizes }, { threads: kernelHeight * channels });
  return packed;
}

/** z[n, h, q, kw · O + o] = dy[n, h, q − kw, o], the adjoint of the gathering. Release it. */
function spreadRow(gpu: Gpu, g: ConvGeometry, dy: Tensor, shared?: SharedGradient): Tensor {
  const make = (): Tensor => spreadTaps(gpu, dy, g.outHeight, widen(g).outWidth, rowOf(g, -1));
  return shared?.take(make) ?? make();
}

/** The taps of a kernel's row. */
const rowOf = ({ kernelWidth }: ConvGeometry, step: 1 | -1) => ({ kernelHeight: 1, kernelWidth, step, padding: 0 });

/** The convolution with a kernel one column wide. Columns of the padding are computed as well. */
function widen(g: ConvGeometry): ConvGeometry {
  const outChannels = roundUp4(g.kernelWidth * g.outChannels);
  return { ...g, kernelWidth: 1, outWidth: g.width + 2 * g.padding, outChannels };
}
