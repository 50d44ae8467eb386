/** The definition of CUT and FastCUT for the contract of models. Source: arXiv 2007.15651. */
import { unpaired } from "../../data/datasets/unpaired.js";
import type { ModelDefinition } from "../model.js";
import { generatorSides } from "../networks/generator.js";
import { discriminatorLeast } from "../networks/patch-gan.js";
import { penaltyChart } from "../parts/gan-options.js";
import { resnetG } from "../parts/generator-options.js";
import { generatorSizesOf, tapsOf } from "./networks.js";
import { checkTogether, cutMode, defaults, lossNames, optionGroups, visualRows, type CutSettings } from "./options.js";
import { CutTrainer } from "./trainer.js";
import { createWatch } from "./watch.js";

export const cut: ModelDefinition<CutSettings, "A" | "B"> = {
  name: "cut",
  title: "CUT",
  summary: "unpaired translation in one direction, in less time and memory (arXiv 2007.15651)",
  optionGroups,
  defaults,
  aliases: { cutMode, netG: resnetG },
  essentialOptions: ["cutMode", "ngf", "lambdaNce"],
  startingWeights: { G: "initG", D: "initD", F: "initF" },
  dataset: unpaired,
  takesMicroBatches: true,
  losses: lossNames,
  metric: "swd",
  charts: [
    { title: "Held-out distance", note: "of translations to real test images; lower is better", source: "metrics", keys: ["swd"], smooth: false },
    {
      title: "Contrast",
      note: "how hard it is to find a place of an image again in its translation; NCE_Y: for images of B",
      source: "log",
      keys: ["NCE", "NCE_Y"],
      smooth: true,
    },
    { title: "Generator", note: "lower: better at deceiving the discriminator", source: "log", keys: ["G_GAN"], smooth: true },
    { title: "Discriminator", note: "lower: better at telling real images from translations", source: "log", keys: ["D_real", "D_fake"], smooth: true },
    penaltyChart,
  ],

  check(options) {
    checkTogether(options);
    tapsOf(options);
  },

  imageSides(options) {
    const { multiple, least } = generatorSides(generatorSizesOf(options));
    return { multiple, least: Math.max(least, discriminatorLeast(options)) };
  },

  channels: ({ inputNc, outputNc }) => ({ A: inputNc, B: outputNc }),
  visuals: visualRows,
  translators: () => ({ AtoB: "G" }),

  create: (gpu, options, random, group) => new CutTrainer(gpu, options, random, group),

  watch: (options, totalSteps) => createWatch({ ...options, totalSteps }),
};
