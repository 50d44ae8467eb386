/** The options of pix2pix, its losses and its images. Names and defaults are the reference's. */
import { asLibrarySync } from "../../library-words.js";
import type { VisualRow } from "../model.js";
import { channels, choice, parseOptions, real, text, toggle, valuesOf, whole, type ValuesOf } from "../options.js";
import { adamOptions, discriminatorOptions, ganLossOptions, networkOptions } from "../parts/gan-options.js";
import { numDownsHelp } from "../parts/generator-options.js";

const networks = {
  inputNc: channels(3, "channels of A"),
  outputNc: channels(3, "channels of B"),
  ngf: whole(64, 1, "width of the generator: channels after the first convolution; multiples of 4 are fastest"),
  numDowns: whole(8, 0, numDownsHelp),
  nBlocks: whole(9, 1, "residual blocks in a ResNet generator"),
  dropout: toggle(true, "do not drop out half of the elements in the middle of the generator"),
  ...discriminatorOptions,
  norm: choice("batch", ["batch", "instance", "none"], "normalisation; batch norms track running statistics, by which they translate"),
  ...networkOptions,
};

const losses = {
  ...ganLossOptions("vanilla"),
  lambdaL1: real(100, { min: 0 }, "weight of the L1 distance between translation and B"),
  poolSize: whole(0, 0, "generated pairs remembered for the discriminator; 0: none"),
};

const training = {
  ...adamOptions,
};

const start = {
  initG: text("", "file", "weights (.safetensors or .pth) that the generator starts from"),
  initD: text("", "file", "weights that the discriminator starts from"),
};

/** The options by heading in the help of `train`. */
export const optionGroups = { networks, losses, training, "first weights": start };

const table = { ...networks, ...losses, ...training };

/** How the networks and losses of pix2pix are built and trained. */
export type Pix2PixOptions = ValuesOf<typeof table> & {
  /** Learning rate of Adam until `schedule` sets another. */
  readonly lr: number;
  /** Parts of a batch whose gradients are averaged; default 1. */
  readonly microBatches?: number;
};

/** The options of `train` that pix2pix reads. */
export type Pix2PixSettings = Pix2PixOptions & ValuesOf<typeof start> & { readonly preprocess: string };

/** Throws a UsageError that names a wrong option. */
export const checkOptions = asLibrarySync((options: Pix2PixOptions): void => void valuesOf(table, options));

export const defaultPix2PixOptions: Pix2PixOptions = { ...parseOptions(table, {}), lr: 2e-4 };

/** The losses of a step, in the reference's log order. G_L1 includes its weight. With wgangp there is also D_gp, its penalty. */
export const lossNames = ["G_GAN", "G_L1", "D_real", "D_fake"] as const;
export type LossName = (typeof lossNames)[number];

/** The images of a step, in the reference's display order. */
export const visualRows: readonly VisualRow[] = [{ visuals: ["real_A", "fake_B", "real_B"], headings: ["real A", "fake B", "real B"] }];
