import { bceWithLogitsLoss } from "../../ops/losses/bce-with-logits-loss.js";
import type { LossTarget } from "../../ops/lib/loss.js";
import { mseLoss } from "../../ops/losses/mse-loss.js";
import type { Tensor } from "../../tensor/tensor.js";

export const ganModes = ["lsgan", "vanilla"] as const;
export type GanMode = (typeof ganModes)[number];

/** The correct label of the images of a batch. "real, fake": the first half is real, the second fake. */
export type Verdict = "real" | "fake" | "real, fake";

const labels = { real: 1, fake: 0, "real, fake": [1, 0] } as const satisfies Readonly<Record<Verdict, LossTarget>>;

/**
 * The distance of a discriminator's map from a label, times `weight`, by default 1.
 *
 * lsgan: mean (d − label)². vanilla: binary cross entropy of sigmoid(d). Label 1 for real, 0 for fake.
 * Source: arXiv 1611.04076; networks.py's GANLoss.
 */
export function ganLoss(mode: GanMode, map: Tensor, verdict: Verdict, weight = 1): Tensor {
  const label = labels[verdict];
  return mode === "lsgan" ? mseLoss(map, label, weight) : bceWithLogitsLoss(map, label, weight);
}
