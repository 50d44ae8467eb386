/** Options that the models with a discriminator share, by the reference's names. */
import { UsageError } from "../../errors.js";
import { initTypes } from "../../nn/init.js";
import type { Chart } from "../model.js";
import { choice, real, whole } from "../options.js";
import { ganModes, type GanLossOptions, type GanMode } from "./gan-loss.js";
import { precisions } from "./precision.js";

/** What decides a discriminator of patches or pixels. */
export const discriminatorOptions = {
  ndf: whole(64, 1, "width of a discriminator: channels after the first convolution"),
  netD: choice("basic", ["basic", "n_layers", "pixel"], "discriminator; basic is n_layers with 3"),
  nLayersD: whole(3, 1, "layers of stride 2 in an n_layers discriminator"),
};

/** How the networks begin, and how their activations are stored. */
export const networkOptions = {
  initType: choice("normal", initTypes, "distribution of the first weights"),
  initGain: real(0.02, { min: 0, above: true }, "scale of the first weights"),
  precision: choice("f32", precisions, "how activations are stored; f16 needs less memory, and scales the losses so that gradients fit"),
};

export const adamOptions = {
  beta1: real(0.5, { min: 0, max: 0.9999 }, "momentum of Adam"),
};

/** The adversarial losses, with a model's own default. */
export function ganLossOptions(initial: GanMode) {
  return {
    ganMode: choice<GanMode>(initial, ganModes, "adversarial loss; wgangp has a gradient penalty"),
    labelSmoothing: real(0, { min: 0, max: 0.49 }, "how far a discriminator's labels 1 and 0 move towards each other, such as 0.1; only for lsgan and vanilla"),
  };
}

/** The chart of `D_gp`, which only runs with wgangp have. */
export const penaltyChart: Chart = {
  title: "Gradient penalty",
  note: "how far the slope of the critic is from 1, with its weight",
  source: "log",
  keys: ["D_gp"],
  smooth: true,
};

/** Throws a UsageError for options that do not fit together. */
export function checkGanLoss({ ganMode, labelSmoothing }: GanLossOptions): void {
  if (labelSmoothing === 0 || ganMode === "lsgan" || ganMode === "vanilla") return;
  throw new UsageError(`--label-smoothing only works with --gan-mode lsgan or vanilla, because ${ganMode} has no labels between 0 and 1.`);
}
