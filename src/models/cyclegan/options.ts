/** CycleGAN's options, its losses and its images. Names and defaults are the reference's. */
import { asLibrarySync } from "../../library-words.js";
import type { VisualRow } from "../model.js";
import { changeable, channels, choice, list, parseOptions, real, text, toggle, valuesOf, whole, type ValuesOf } from "../options.js";
import { augmentationNames } from "../parts/diff-augment.js";
import { adamOptions, discriminatorOptions, ganLossOptions, networkOptions } from "../parts/gan-options.js";
import { numDownsHelp } from "../parts/generator-options.js";

const networks = {
  inputNc: channels(3, "channels of domain A"),
  outputNc: channels(3, "channels of domain B"),
  ngf: whole(64, 1, "width of the generators: channels after the first convolution; multiples of 4 are fastest"),
  nBlocks: whole(9, 1, "residual blocks in a generator; the reference has 6 or 9"),
  numDowns: whole(0, 0, numDownsHelp),
  upsample: choice(
    "conv-transpose",
    ["conv-transpose", "resize-conv", "bilinear-conv"],
    "how generators double an image; resize-conv and bilinear-conv leave no checkerboard",
  ),
  ...discriminatorOptions,
  spectralNorm: toggle(false, "divide the discriminators' weights by their largest singular values"),
  norm: choice("instance", ["instance", "batch", "none"], "normalisation"),
  ...networkOptions,
  checkpointActivations: changeable(
    toggle(false, "keep few activations of the generators and compute the others again: less memory, a third more time"),
  ),
};

const losses = {
  ...ganLossOptions("lsgan"),
  lambdaA: real(10, { min: 0 }, "weight of the cycle loss A → B → A"),
  lambdaB: real(10, { min: 0 }, "weight of the cycle loss B → A → B"),
  lambdaIdentity: real(0.5, { min: 0 }, "weight of the identity losses, relative to the cycle weights; 0: none"),
  identityEpochs: whole(0, 0, "epochs over which the weight of the identity losses falls to 0; 0: it stays"),
  poolSize: whole(50, 0, "generated images remembered for the discriminators; 0: none"),
};

const training = {
  ...adamOptions,
  ema: real(0, { min: 0, max: 0.99999 }, "decay of averages of the generators, such as 0.999, which then translate; 0: none"),
  diffaugment: list(augmentationNames, "change at random what the discriminators see: color,translation,cutout"),
  dWarmup: whole(0, 0, "train only the discriminators for this many steps first"),
};

const start = {
  initGA: text("", "file", "weights (.safetensors or .pth) that generator A → B starts from"),
  initGB: text("", "file", "weights that generator B → A starts from"),
  initDA: text("", "file", "weights that the discriminator of domain B, D_A, starts from"),
  initDB: text("", "file", "weights that the discriminator of domain A, D_B, starts from"),
};

/** The options by heading in the help of `train`. */
export const optionGroups = { networks, losses, training, "first weights": start };

const table = { ...networks, ...losses, ...training };

/** How the networks and losses of a CycleGAN are built and trained. */
export type CycleGANOptions = ValuesOf<typeof table> & {
  /** Learning rate of Adam until `schedule` sets another. */
  readonly lr: number;
  /** Parts of a batch whose gradients are averaged; default 1. */
  readonly microBatches?: number;
};

/** The options of `train` that CycleGAN reads. */
export type CycleGANSettings = CycleGANOptions & ValuesOf<typeof start> & { readonly preprocess: string };

/** Throws a UsageError that names a wrong option. */
export const checkOptions = asLibrarySync((options: CycleGANOptions): void => void valuesOf(table, options));

export const defaultOptions: CycleGANOptions = { ...parseOptions(table, {}), lr: 2e-4 };

/** The eight losses of a step, in the reference's log order. Cycle and identity values include their weights. */
export const lossNames = ["D_A", "G_A", "cycle_A", "idt_A", "D_B", "G_B", "cycle_B", "idt_B"] as const;
export type LossName = (typeof lossNames)[number];
export type Losses = Readonly<Record<LossName, number>>;

/** The images of a step, in the reference's display order. `idt_B` = G_B(A) is in the row of A. */
export const visualNames = ["real_A", "fake_B", "rec_A", "idt_B", "real_B", "fake_A", "rec_B", "idt_A"] as const;
export type VisualName = (typeof visualNames)[number];

/** The row of A, then the row of B. Without identity losses there is no fourth column. */
export function visualRows({ lambdaIdentity }: Pick<CycleGANOptions, "lambdaIdentity">): readonly VisualRow[] {
  const columns = lambdaIdentity === 0 ? 3 : 4;
  return [
    { visuals: visualNames.slice(0, columns), headings: ["real A", "fake B", "A again", "A as if B"].slice(0, columns) },
    { visuals: visualNames.slice(4, 4 + columns), headings: ["real B", "fake A", "B again", "B as if A"].slice(0, columns) },
  ];
}
