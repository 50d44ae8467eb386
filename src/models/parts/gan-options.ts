/** Options that the models with a discriminator share, by the reference's names. */
import { initTypes } from "../../nn/init.js";
import { choice, real, whole, type OptionSpec } from "../options.js";
import { ganModes, type GanMode } from "./gan-loss.js";
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

/** `--gan-mode`, with a model's own default. */
export function ganMode(initial: GanMode): OptionSpec<GanMode> {
  return choice<GanMode>(initial, ganModes, "adversarial loss");
}
