/** Lowers convolutions from few input channels, such as a network's first layer. */
import type { Gpu } from "../../gpu/gpu.js";
import { Tensor } from "../../tensor/tensor.js";
import type { ConvGeometry } from "./geometry.js";
import type { CallOf, ConvPass, Lowering } from "./pass.js";
import { copyChannels } from "../lib/copy-channels.js";
import { paddedGradient, padRows, roundUp4 } from "./pad-channels.js";
import { runPass } from "./variants.js";
import { gatherTaps, spreadTaps } from "./tap-kernels.js";

/** With fewer input channels, a vec4 would hold zeros, and finding a tap would cost more than its few multiplications. */
const FEW = 4;

/**
 * NOTE: few input channels, as in a network's first layer. The pixels that the taps of a kernel row read become channels of a
 * copy z of the image, which also takes care of padding and reflection:
 *
 *   z[r, w, kw · C + c] = x[r − padding, w + kw − padding, c]
 *   y[h, w, o] = Σ_{kh, kw, c} z[h + kh, w, kw · C + c] · w[kh, kw, c, o]      a convolution with a kernel one column wide
 *
 * The rows of the weight are already side by side. A 7×7 kernel of 3 channels then multiplies 24 channels in 7 taps instead of
 * 4 in 49. At a stride, all taps become channels and the kernel becomes one pixel: 4×4 taps of 3 channels are 48 channels.
 */

function fits({ kernelWidth, channels, outChannels }: ConvGeometry): boolean {
  return channels < FEW && outChannels % 4 === 0 && kernelWidth > 2;
}

const productAs = (pass: ConvPass) => (g: ConvGeometry) => ({ pass, g: widen(g) });

export const fewInputs = {
  forward: {
    fits,
    product: productAs("forward"),
    run(gpu, g, { x, w, bias, y }) {
      const wide = widen(g);
      const { kernelHeight: rows, channels, outChannels } = wide;
      using packed = padRows(gpu, w, rows, w.size / rows, channels * outChannels);
      using z = spreadImage(gpu, g, x);
      runPass(gpu, "forward", wide, { x: z, w: packed, bias, y });
    },
  } satisfies Lowering<CallOf["forward"]>,

  /** At a stride only. At stride 1, `taps.gathered` does it row by row. */
  transposed: {
    fits: (g) => g.stride > 1 && !g.reflect && fits(g),
    product: productAs("transposed"),
    run(gpu, g, { x, w, bias, to: { to: y, adds } }) {
      const wide = widen(g);
      const { kernelHeight, kernelWidth, stride, padding } = g;
      using packed = padRows(gpu, w, 1, w.size, wide.channels * wide.outChannels);
      using z = Tensor.untracked(gpu, [g.n, wide.height, wide.width, wide.channels], "taps");
      runPass(gpu, "transposed", wide, { x, w: packed, bias: undefined, y: z });
      gatherTaps(gpu, z, bias, y, { kernelHeight, kernelWidth, stride, step: -1, padding: -padding, adds });
    },
  } satisfies Lowering<CallOf["transposed"]>,

  weightGrad: {
    fits,
    product: productAs("weightGrad"),
    run(gpu, g, { x, dy, to }) {
      const wide = widen(g);
      const { kernelHeight: rows, channels, outChannels } = wide;
      using z = spreadImage(gpu, g, x);
      const compute = (dw: Tensor, adds: boolean): void => runPass(gpu, "weightGrad", wide, { x: z, dy, dw, adds });
      const [xChannels, yChannels] = [channels * outChannels, to.to.size / rows];
      const cut = { rows, xChannels, yChannels, start: 0, offset: 0, count: yChannels, adds: to.adds };
      paddedGradient(gpu, to, rows * xChannels, compute, (padded) => copyChannels(gpu, padded, to.to, cut));
    },
  } satisfies Lowering<CallOf["weightGrad"]>,
};

/** Rows of the kernel whose taps become channels: one at stride 1, else all. */
const tapRows = ({ stride, kernelHeight }: ConvGeometry): number => (stride === 1 ? 1 : kernelHeight);

/** The convolution of z. */
function widen(g: ConvGeometry): ConvGeometry {
  const rows = tapRows(g);
  const channels = roundUp4(rows * g.kernelWidth * g.channels);
  const kernel = { kernelHeight: g.kernelHeight / rows, kernelWidth: 1, stride: 1, padding: 0, reflect: 0 } as const;
  return { ...g, ...kernel, channels, height: g.outHeight + kernel.kernelHeight - 1, width: g.outWidth };
}

function spreadImage(gpu: Gpu, g: ConvGeometry, x: Tensor): Tensor {
  const { kernelWidth, padding, reflect, stride } = g;
  const { height, width } = widen(g);
  const taps = { kernelHeight: tapRows(g), kernelWidth, step: 1, padding } as const;
  return spreadTaps(gpu, x, height, width, { ...taps, rowStride: stride, stride, reflect });
}
