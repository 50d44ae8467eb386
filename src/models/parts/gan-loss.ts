/** The adversarial losses of a generator and a discriminator. */
import { bceWithLogitsLoss } from "../../ops/losses/bce-with-logits-loss.js";
import { add } from "../../ops/elementwise/add.js";
import { hingeLoss } from "../../ops/losses/hinge-loss.js";
import { mseLoss } from "../../ops/losses/mse-loss.js";
import { scaledSum } from "../../ops/reduce/sum.js";
import { concat } from "../../ops/shape/concat.js";
import type { Module } from "../../nn/module.js";
import type { Random } from "../../random.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Network } from "../networks/build.js";
import { GradientPenalty } from "./gradient-penalty.js";

export const ganModes = ["lsgan", "vanilla", "hinge", "wgangp"] as const;
export type GanMode = (typeof ganModes)[number];

export interface GanLossOptions {
  readonly ganMode: GanMode;
  /** For lsgan and vanilla: how far the discriminator's labels 1 and 0 move towards each other. */
  readonly labelSmoothing: number;
}

/** What the images of a batch are. */
export type Verdict = "real" | "fake";

/** The losses that compare a map with a label: 1 and 0, or for a hinge 1 and −1. */
const labelLosses = { lsgan: mseLoss, vanilla: bceWithLogitsLoss, hinge: hingeLoss };

/**
 * The losses of a `--gan-mode`, for maps d of a discriminator, as means over their elements:
 *
 * | | discriminator, of real and of generated images | generator |
 * |---|---|---|
 * | lsgan | (d − 1 + s)², (d − s)² | (d − 1)² |
 * | vanilla | binary cross entropy of sigmoid(d) and 1 − s, and s | the same and 1 |
 * | hinge | max(0, 1 − d), max(0, 1 + d) | −d |
 * | wgangp | −d, d, and a penalty on the slope | −d |
 *
 * s is `labelSmoothing`. Source: arXiv 1611.04076, 1406.2661, 1705.02894, 1704.00028; for s, 1606.03498, section 3.4; networks.py's
 * GANLoss.
 */
export class GanLoss {
  readonly #mode: GanMode;
  readonly #labels: Readonly<Record<Verdict, number>>;
  readonly #penalty: GradientPenalty | undefined;

  /** `random`: of the model; a stream of it is used for the gradient penalty. */
  constructor({ ganMode, labelSmoothing }: GanLossOptions, random: Random) {
    this.#mode = ganMode;
    const [real, fake] = ganMode === "hinge" ? [1, -1] : [1 - labelSmoothing, labelSmoothing];
    this.#labels = { real, fake };
    if (ganMode === "wgangp") this.#penalty = new GradientPenalty(random.stream("gradient penalty"));
  }

  /** The parts that draw random numbers, for `StatefulParts`. */
  get streams(): Readonly<Record<string, { random: Random }>> {
    return this.#penalty ? { gradient_penalty: this.#penalty } : {};
  }

  /** What a generator minimises, for the map of its images. */
  ofGenerator(map: Tensor): Tensor {
    const mode = this.#mode;
    return mode === "hinge" || mode === "wgangp" ? scaledSum(map, -1 / map.size) : labelLosses[mode](map, 1, 1);
  }

  /** What a discriminator minimises, for the map of these images, times `weight`; without the penalty of wgangp. */
  ofDiscriminator(map: Tensor, verdict: Verdict, weight = 1): Tensor {
    if (this.#mode === "wgangp") return scaledSum(map, (verdict === "real" ? -weight : weight) / map.size);
    return labelLosses[this.#mode](map, this.#labels[verdict], weight);
  }

  /**
   * Whether a discriminator may judge real and generated images in one pass.
   *
   * The last bias of a critic has opposite gradients from both, which add up to 0 after two passes. Of one sum, rounding would be
   * left, of which Adam makes steps of full size. So wgangp has two passes.
   */
  get joins(): boolean {
    return this.#mode !== "wgangp";
  }

  /** ½ · (`ofDiscriminator` of real images + that of generated ones), in one pass if `fits` says that both fit into it. */
  ofBoth(discriminator: Module, real: Tensor, fake: Tensor, fits: boolean): Tensor {
    if (fits && this.#mode !== "wgangp") {
      const { real: first, fake: second } = this.#labels;
      return labelLosses[this.#mode](discriminator.forward(concat(real, fake, 0)), [first, second], 1);
    }
    const ofReal = this.ofDiscriminator(discriminator.forward(real), "real", 0.5);
    return add(ofReal, this.ofDiscriminator(discriminator.forward(fake), "fake", 0.5));
  }

  /**
   * `GradientPenalty.of` the images that the discriminator has seen; undefined in other modes than wgangp.
   *
   * `weight`: that of the losses of real and of generated images.
   */
  penalty(discriminator: Network, real: Tensor, fake: Tensor, weight = 1): Tensor | undefined {
    return this.#penalty?.of(discriminator, real, fake, weight);
  }
}
