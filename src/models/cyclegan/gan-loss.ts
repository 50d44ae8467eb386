import { bceWithLogitsLoss } from "../../ops/bce-with-logits-loss.js";
import { mseLoss } from "../../ops/mse-loss.js";
import type { Tensor } from "../../tensor.js";

export type GanMode = "lsgan" | "vanilla";

/**
 * How far a discriminator's map is from calling everything real, or everything fake.
 *
 * lsgan: mean (d − label)². vanilla: binary cross entropy of sigmoid(d). Label 1 for real, 0 for fake.
 * Source: arXiv 1611.04076; networks.py's GANLoss.
 */
export function ganLoss(mode: GanMode, map: Tensor, verdict: "real" | "fake"): Tensor {
  const label = verdict === "real" ? 1 : 0;
  return mode === "lsgan" ? mseLoss(map, label) : bceWithLogitsLoss(map, label);
}
