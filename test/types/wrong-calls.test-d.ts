// Checked by `npm run typecheck` alone, never run: each line below an expected error stops compiling when that goes.
import type { ImageBatch } from "../../src/data/image.js";
import {
  Adam,
  Conv2d,
  CycleGANTrainer,
  Random,
  Tensor,
  conv2d,
  defaultOptions,
  defineOp,
  gradCheck,
  GanLoss,
  leakyRelu,
  openGpu,
} from "../../src/node.js";
import type { Gpu, OpDefinition } from "../../src/node.js";

export function kernels(gpu: Gpu, x: Tensor, y: Tensor): void {
  gpu.run("elementwise/scale", { x, y, alpha: 2, size: 1 }, { threads: 1, width: 4, tune: { WORKGROUP: 32 } });
  // @ts-expect-error: the binding y is missing
  gpu.run("elementwise/scale", { x, alpha: 2, size: 1 }, { threads: 1 });
  // @ts-expect-error: the parameter size is missing
  gpu.run("elementwise/scale", { x, y, alpha: 2 }, { threads: 1 });
  // @ts-expect-error: a misspelt parameter
  gpu.run("elementwise/scale", { x, y, alhpa: 2, size: 1 }, { threads: 1 });
  // @ts-expect-error: a parameter too many
  gpu.run("elementwise/scale", { x, y, alpha: 2, beta: 3, size: 1 }, { threads: 1 });
  // @ts-expect-error: a number for a binding
  gpu.run("elementwise/scale", { x: 1, y, alpha: 2, size: 1 }, { threads: 1 });
  // @ts-expect-error: a tensor for a parameter
  gpu.run("elementwise/scale", { x, y, alpha: x, size: 1 }, { threads: 1 });
  // @ts-expect-error: no such kernel
  gpu.run("elementwise/skale", { x, y, alpha: 2, size: 1 }, { threads: 1 });
  // @ts-expect-error: a tunable of another shader
  gpu.run("elementwise/scale", { x, y, alpha: 2, size: 1 }, { threads: 1, tune: { PIXELS: 4 } });
  // @ts-expect-error: no such width
  gpu.run("elementwise/scale", { x, y, alpha: 2, size: 1 }, { threads: 1, width: 2 });
  // @ts-expect-error: the number of threads is missing
  gpu.run("elementwise/scale", { x, y, alpha: 2, size: 1 }, {});
}

/** A definition may be written down before it is used. */
export const definition: OpDefinition<{ x: Tensor }, Record<never, never>, { x: Tensor }> = {
  name: "definition",
  shape: ({ x }) => x.shape,
  forward: ({ inputs: { x } }) => ({ x }),
  backward: ({ dy, needs }) => (needs("x") ? { x: dy } : {}),
};
export const defined = defineOp<{ x: Tensor }>()(definition);

/** What is the same in all the ops below. */
const shape = ({ x }: { readonly x: Tensor }): readonly number[] => x.shape;

export const correct = defineOp<{ x: Tensor; bias?: Tensor }, { alpha: number }>()({
  name: "correct",
  shape,
  forward({ inputs: { x, bias }, attrs: { alpha }, temporary }) {
    return { x, bias, mask: temporary([alpha]) };
  },
  backward({ saved: { x, bias, mask }, dy, needs, gradient }) {
    return { x: needs("x") ? gradient("x") : undefined, ...(needs("bias") && bias && x && mask && { bias: dy }) };
  },
});

export function calls(x: Tensor): void {
  correct({ x }, { alpha: 1 });
  // @ts-expect-error: the input x is missing
  correct({}, { alpha: 1 });
  // @ts-expect-error: an unknown input
  correct({ x, weight: x }, { alpha: 1 });
  // @ts-expect-error: the attribute alpha is missing
  correct({ x }, {});
  // @ts-expect-error: a misspelt attribute
  correct({ x }, { alhpa: 1 });
}

export const unknownGradient = defineOp<{ x: Tensor }>()({
  name: "unknownGradient",
  shape,
  forward: () => ({}),
  // @ts-expect-error: a gradient for an unknown input
  backward: ({ dy }) => ({ y: dy }),
});

export const gradientTooMany = defineOp<{ x: Tensor }>()({
  name: "gradientTooMany",
  shape,
  forward: () => ({}),
  // @ts-expect-error: a gradient for an unknown input beside a known one
  backward: ({ dy }) => ({ x: dy, y: dy }),
});

export const numberForGradient = defineOp<{ x: Tensor }>()({
  name: "numberForGradient",
  shape,
  forward: () => ({}),
  // @ts-expect-error: a gradient that is no tensor
  backward: () => ({ x: 1 }),
});

export const notSaved = defineOp<{ x: Tensor }>()({
  name: "notSaved",
  shape,
  forward: ({ inputs: { x } }) => ({ x }),
  // @ts-expect-error: a saved value that forward did not return
  backward: ({ saved }) => ({ x: saved.mask }),
});

export const notATensor = defineOp<{ x: Tensor }>()({
  name: "notATensor",
  shape,
  // @ts-expect-error: a saved value that is no tensor
  forward: () => ({ alpha: 1 }),
  backward: () => ({}),
});

export const misspelt = defineOp<{ x: Tensor; bias?: Tensor }, { alpha: number }>()({
  name: "misspelt",
  shape,
  forward({ inputs }) {
    // @ts-expect-error: an unknown input
    inputs.weight.release();
    return {};
  },
  backward({ attrs, dy, needs, gradient }) {
    // @ts-expect-error: an attribute that the op does not have
    attrs.beta.toFixed();
    // @ts-expect-error: a need of an unknown input
    needs("nothing");
    // @ts-expect-error: the gradient of an unknown input
    gradient("nothing");
    return { x: dy };
  },
});

// @ts-expect-error: an op without a backward
export const noBackward = defineOp<{ x: Tensor }>()({ name: "noBackward", shape, forward: () => ({}) });

export async function library(gpu: Gpu, x: Tensor, image: ImageBatch): Promise<void> {
  // @ts-expect-error: a misspelt option
  conv2d(x, x, undefined, { strides: 2 });
  // @ts-expect-error: no such padding
  conv2d(x, x, undefined, { paddingMode: "reflection" });
  // @ts-expect-error: an image is no tensor
  conv2d(image, x);
  // @ts-expect-error: the slope is a number
  leakyRelu(x, "0.2");
  // @ts-expect-error: no such loss
  void new GanLoss({ ganMode: "wgan", labelSmoothing: 0 }, new Random(0));
  // @ts-expect-error: a prediction is real or fake
  new GanLoss({ ganMode: "lsgan", labelSmoothing: 0 }, new Random(0)).ofDiscriminator(x, true);
  // @ts-expect-error: a misspelt option
  void new Adam(gpu, [x], { beta_1: 0.5 });
  // @ts-expect-error: no such bias
  void new Conv2d(gpu, { inChannels: 3, outChannels: 4, kernelSize: 3, bias: true });
  // @ts-expect-error: the reference's spelling of an option
  void new CycleGANTrainer(gpu, { ...defaultOptions, n_blocks: 6 }, new Random(0));
  // @ts-expect-error: no such norm
  void new CycleGANTrainer(gpu, { ...defaultOptions, norm: "layer" }, new Random(0));
  // @ts-expect-error: a seed is no generator of random numbers
  void new CycleGANTrainer(gpu, defaultOptions, 0);
  // @ts-expect-error: a misspelt option
  await gradCheck(() => x, [x], { direction: 4 });
  // @ts-expect-error: a misspelt option
  await openGpu({ adaptor: "software" });
  // @ts-expect-error: a shape is a list
  Tensor.zeros(gpu, 4);
  // @ts-expect-error: the shape of a tensor is fixed
  x.shape[0] = 2;
}
