/** The definition of the plain GAN for the contract of models. Sources: arXiv 1406.2661, 1511.06434. */
import { single } from "../../data/datasets/single.js";
import { UsageError } from "../../errors.js";
import type { ModelDefinition } from "../model.js";
import { isImageSize, leastImageSize } from "../networks/dcgan.js";
import { checkGanLoss, penaltyChart } from "../parts/gan-options.js";
import { defaults, lossNames, optionGroups, visualRows, type GanSettings } from "./options.js";
import { GanTrainer } from "./trainer.js";
import { createWatch } from "./watch.js";

export const gan: ModelDefinition<GanSettings, "real"> = {
  name: "gan",
  title: "GAN",
  summary: "images from noise, with DCGAN's networks (arXiv 1406.2661, 1511.06434)",
  optionGroups,
  defaults,
  essentialOptions: ["nz", "ngf", "ndf"],
  startingWeights: { G: "initG", D: "initD" },
  dataset: single,
  losses: lossNames,
  metric: "swd",
  charts: [
    {
      title: "Held-out distance",
      note: "sliced Wasserstein distance × 10³ between samples and test images; lower is better",
      source: "metrics",
      keys: ["swd"],
      smooth: false,
    },
    { title: "Generator", note: "lower: better at deceiving the discriminator", source: "log", keys: ["G_GAN"], smooth: true },
    {
      title: "Discriminator",
      note: "lower: better at telling real images from samples; with the vanilla loss both are log 2 = 0.69 where it cannot",
      source: "log",
      keys: ["D_real", "D_fake"],
      smooth: true,
    },
    penaltyChart,
  ],
  sampler: "G",

  check(options) {
    const { cropSize, preprocess, direction } = options;
    checkGanLoss(options);
    if (!preprocess.endsWith("crop")) throw new UsageError(`--preprocess: expected a kind with crop, because all images need one size, got ${preprocess}.`);
    if (direction !== "AtoB") throw new UsageError("--direction only works for a model that translates.");
    if (isImageSize(cropSize)) return;
    throw new UsageError(`--crop-size: expected a power of two of at least ${leastImageSize}, such as 32 or 64, got ${cropSize}.`);
  },

  imageSides: ({ cropSize }) => ({ multiple: cropSize, least: cropSize }),
  channels: ({ nc }) => ({ real: nc }),
  visuals: () => visualRows,
  translators: () => ({}),

  create: (gpu, options, random) => new GanTrainer(gpu, options, random),
  watch: (options, totalSteps) => createWatch({ ...options, totalSteps }),
};
