/** The options of the plain GAN, its losses and its samples. Names and defaults are those of PyTorch's dcgan example. */
import type { VisualRow } from "../model.js";
import { channels, list, parseOptions, text, whole, type ValuesOf } from "../options.js";
import { augmentationNames } from "../parts/diff-augment.js";
import { adamOptions, ganLossOptions, networkOptions } from "../parts/gan-options.js";

const networks = {
  nc: channels(3, "channels of images"),
  nz: whole(100, 1, "numbers of noise that an image is made of"),
  ngf: whole(64, 1, "width of the generator: channels before its last layer; multiples of 4 are fastest"),
  ndf: whole(64, 1, "width of the discriminator: channels after its first layer"),
  precision: networkOptions.precision,
};

const losses = ganLossOptions("vanilla");

const training = {
  ...adamOptions,
  diffaugment: list(augmentationNames, "change at random what the discriminator sees: color,translation,cutout"),
};

const start = {
  initG: text("", "file", "weights (.safetensors or .pth) that the generator starts from"),
  initD: text("", "file", "weights that the discriminator starts from"),
};

/** The options by heading in the help of `train`. */
export const optionGroups = { networks, losses, training, "first weights": start };

/** Defaults of shared options, for batches of 64 images of 64×64 pixels. Frequencies are counted in images. */
export const defaults = {
  loadSize: 64,
  cropSize: 64,
  batchSize: 64,
  nEpochsDecay: 0,
  printFreq: 640,
  displayFreq: 6400,
  saveLatestFreq: 32000,
  evalFreq: 12800,
};

const table = { ...networks, ...losses, ...training };

/** How the networks of the plain GAN are built and trained. */
export type GanOptions = ValuesOf<typeof table> & {
  /** Learning rate of Adam until `schedule` sets another. */
  readonly lr: number;
  /** Height and width of an image in pixels: a power of two, at least 8. */
  readonly cropSize: number;
};

/** The options of `train` that the plain GAN reads. */
export type GanSettings = GanOptions & ValuesOf<typeof start> & { readonly preprocess: string; readonly direction: string };

export const defaultGanOptions: GanOptions = { ...parseOptions(table, {}), lr: 2e-4, cropSize: defaults.cropSize };

/**
 * The losses of a step. With the vanilla loss, D_real and D_fake are log 2 where the discriminator cannot tell the two apart. With
 * wgangp there is also D_gp, its penalty.
 */
export const lossNames = ["G_GAN", "D_real", "D_fake"] as const;
export type LossName = (typeof lossNames)[number];

/** Rows and columns of a sample grid. */
export const gridSide = 8;

/** The columns of the sample grid, which need no headings. */
export const visualRows: readonly VisualRow[] = [
  { visuals: Array.from({ length: gridSide }, (_, column) => `sample_${column}`), headings: [] },
];
