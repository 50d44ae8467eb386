/** The options of CUT, its losses and its images. Names and defaults are the reference's. */
import { UsageError } from "../../errors.js";
import { asLibrarySync } from "../../library-words.js";
import { initTypes } from "../../nn/init.js";
import type { VisualRow } from "../model.js";
import { channels, choice, parseOptions, real, text, toggle, valuesOf, whole, type OptionAlias, type ValuesOf } from "../options.js";
import { adamOptions, checkGanLoss, discriminatorOptions, ganLossOptions, networkOptions } from "../parts/gan-options.js";

const networks = {
  inputNc: channels(3, "channels of domain A"),
  outputNc: channels(3, "channels of domain B"),
  ngf: whole(64, 1, "width of the generator: channels after the first convolution; multiples of 4 are fastest"),
  nBlocks: whole(9, 1, "residual blocks in the generator"),
  antialias: toggle(true, "halve images by convolutions of stride 2, without a blur that prevents aliasing"),
  antialiasUp: toggle(true, "double images by transposed convolutions, not by bilinear interpolation"),
  ...discriminatorOptions,
  norm: choice("instance", ["instance", "none"], "normalisation"),
  ...networkOptions,
  initType: choice("xavier", initTypes, "distribution of the first weights"),
};

const losses = {
  ...ganLossOptions("lsgan"),
  lambdaGan: real(1, { min: 0 }, "weight of the adversarial loss"),
  lambdaNce: real(1, { min: 0 }, "weight of the contrastive loss; FastCUT has 10"),
  nceIdt: toggle(true, "no contrastive loss between images of B and their translations; FastCUT has none"),
  flipEquivariance: toggle(false, "mirror half of the images before they are translated, and their features afterwards, as FastCUT does"),
  nceLayers: text("0,4,8,12,16", "list", "layers of the generator whose features are compared: their places in PyTorch's list"),
  nceT: real(0.07, { min: 0, above: true }, "temperature of the contrastive loss"),
  numPatches: whole(256, 1, "places of an image at which each layer is compared"),
  netFNc: whole(256, 1, "width of the projection heads"),
};

const training = {
  ...adamOptions,
};

const start = {
  initG: text("", "file", "weights (.safetensors or .pth) that the generator starts from"),
  initD: text("", "file", "weights that the discriminator starts from"),
  initF: text("", "file", "weights that the projection heads start from"),
};

/** The options by heading in the help of `train`. */
export const optionGroups = { networks, losses, training, "first weights": start };

const table = { ...networks, ...losses, ...training };

/** How the networks and losses of CUT are built and trained. */
export type CutOptions = ValuesOf<typeof table> & {
  /** Learning rate of Adam until `schedule` sets another. */
  readonly lr: number;
  /** Parts of a batch whose gradients are averaged; default 1. */
  readonly microBatches?: number;
};

/** The options of `train` that CUT reads. */
export type CutSettings = CutOptions & ValuesOf<typeof start>;

const cutEpochs = { nEpochs: 200, nEpochsDecay: 200 };

/** Defaults of options that all models share. */
export const defaults = cutEpochs;

const modes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  cut: { lambdaNce: 1, nceIdt: true, flipEquivariance: false, ...cutEpochs },
  fastcut: { lambdaNce: 10, nceIdt: false, flipEquivariance: true, nEpochs: 150, nEpochsDecay: 50 },
};

/** `--cut-mode`: the defaults of the two variants of the paper. */
export const cutMode: OptionAlias = {
  keys: ["lambdaNce", "nceIdt", "flipEquivariance", "nEpochs", "nEpochsDecay"],
  isDefault: true,
  value: "kind",
  help:
    "defaults: cut, or fastcut, which takes less time and memory: --lambda-nce 10 --no-nce-idt --flip-equivariance --n-epochs 150 " +
    "--n-epochs-decay 50",
  expected: "cut or fastcut",
  parse: (name) => modes[name.toLowerCase()],
};

/** The places of the layers that are compared. Throws a UsageError for a text that is no ascending list of places. */
export function nceLayersOf({ nceLayers }: Pick<CutOptions, "nceLayers">): readonly number[] {
  const places = nceLayers.split(",").map((place) => (place.trim() === "" ? Number.NaN : Number(place)));
  const ascends = places.every((place, index) => Number.isSafeInteger(place) && place > (places[index - 1] ?? -1));
  if (ascends) return places;
  throw new UsageError(`--nce-layers: expected places in ascending order, separated by commas, such as 0,4,8,12,16, got "${nceLayers}".`);
}

/** Throws a UsageError that names a wrong option. */
export const checkOptions = asLibrarySync((options: CutOptions): void => {
  valuesOf(table, options);
  checkTogether(options);
});

/** Throws a UsageError if values that are valid separately do not fit together. */
export function checkTogether(options: CutOptions): void {
  const { lambdaGan, lambdaNce, inputNc, outputNc } = options;
  checkGanLoss(options);
  nceLayersOf(options);
  if (lambdaGan === 0 && lambdaNce === 0) throw new UsageError("--lambda-gan and --lambda-nce: expected one above 0, got 0 for both.");
  if (inputNc === outputNc) return;
  throw new UsageError(
    "--input-nc and --output-nc: expected equal numbers, because CUT compares what one generator sees in images of both domains, " +
      `got ${inputNc} and ${outputNc}.`,
  );
}

export const defaultCutOptions: CutOptions = { ...parseOptions(table, {}), lr: 2e-4 };

/**
 * The losses of a step, in the reference's log order, with their weights. G is the sum that the generator lowers. With wgangp there
 * is also D_gp, its penalty.
 */
export const lossNames = ["G_GAN", "D_real", "D_fake", "G", "NCE", "NCE_Y"] as const;
export type LossName = (typeof lossNames)[number];

/** The images of a step, in the reference's display order. Without the identity loss there is no last column. */
export function visualRows({ nceIdt }: Pick<CutOptions, "nceIdt">): readonly VisualRow[] {
  const visuals = ["real_A", "fake_B", "real_B", ...(nceIdt ? ["idt_B"] : [])];
  return [{ visuals, headings: ["real A", "fake B", "real B", "B as if B"].slice(0, visuals.length) }];
}
