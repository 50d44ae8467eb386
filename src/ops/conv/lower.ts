/** Lowers every pass of every convolution to a product that `runPass` computes. */
import type { Gpu } from "../../gpu/gpu.js";
import type { Destination } from "../../tensor/op.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reduceRows } from "../lib/reduce-rows.js";
import { fewInputs } from "./few-inputs.js";
import type { ConvGeometry } from "./geometry.js";
import { oneChannel } from "./one-channel.js";
import type { CallOf, ConvPass, ConvProduct, Lowering } from "./pass.js";
import { plain } from "./plain.js";
import { taps } from "./taps.js";

/**
 * The lowerings of each pass by name. The first that fits is taken.
 *
 * NOTE: three passes serve six. A transposed convolution is a convolution run backwards. With its weight stored in the order
 * of that convolution, [kh, kw, out, in], its forward pass is "transposed", its input gradient is "forward", and its weight
 * gradient is "weightGrad" with x and dy exchanged.
 */
export const lowerings: { readonly [Pass in ConvPass]: Readonly<Record<string, Lowering<CallOf[Pass]>>> } = {
  forward: {
    "one channel": oneChannel.forward,
    "taps of outputs": taps.forward,
    "taps of inputs": fewInputs.forward,
    plain: plain.forward,
  },
  transposed: {
    "taps of inputs": taps.gathered,
    "taps of inputs at a stride": fewInputs.transposed,
    "one channel": oneChannel.transposed,
    "taps of outputs": taps.transposed,
    plain: plain.transposed,
  },
  weightGrad: {
    "one channel": oneChannel.weightGrad,
    "taps of outputs": taps.weightGrad,
    "taps of inputs": fewInputs.weightGrad,
    plain: plain.weightGrad,
  },
};

/** A pass of a convolution that was run: how it was lowered, and to what product. */
export interface LoweredPass {
  readonly pass: ConvPass;
  readonly g: ConvGeometry;
  readonly lowering: string;
  readonly product: ConvProduct;
}

const listeners = new WeakMap<Gpu, (lowered: LoweredPass) => void>();

/** Tells `listener` of every pass that this device runs from now on. */
export function watchConvolutions(gpu: Gpu, listener: (lowered: LoweredPass) => void): void {
  listeners.set(gpu, listener);
}

/** Runs a pass of a convolution. */
export function runConv<Pass extends ConvPass>(gpu: Gpu, pass: Pass, g: ConvGeometry, call: CallOf[Pass]): void {
  for (const [name, lowering] of Object.entries<Lowering<CallOf[Pass]>>(lowerings[pass])) {
    if (!lowering.fits(g)) continue;
    listeners.get(gpu)?.({ pass, g, lowering: name, product: lowering.product(g) });
    return lowering.run(gpu, g, call);
  }
}

/** db[c] = Σ dy[…, c]: the gradient of a bias. */
export function biasGrad(gpu: Gpu, dy: Tensor, { to: db, adds }: Destination): void {
  reduceRows(gpu, dy, db, { groups: 1, rows: dy.size / db.size, columns: db.size, adds });
}
