/** The definition of pix2pix for the contract of models. Source: arXiv 1611.07004. */
import { aligned } from "../../data/datasets/aligned.js";
import type { ModelDefinition } from "../model.js";
import { generatorSides } from "../networks/generator.js";
import { discriminatorLeast } from "../networks/patch-gan.js";
import { checkGanLoss, penaltyChart } from "../parts/gan-options.js";
import { checkUnet, netG } from "../parts/generator-options.js";
import { generatorSizesOf } from "./networks.js";
import { lossNames, optionGroups, visualRows, type Pix2PixSettings } from "./options.js";
import { Pix2PixTrainer } from "./trainer.js";

export const pix2Pix: ModelDefinition<Pix2PixSettings, "A" | "B"> = {
  name: "pix2pix",
  title: "pix2pix",
  summary: "translation learnt from pairs of images (arXiv 1611.07004)",
  optionGroups,
  aliases: { netG },
  essentialOptions: ["netG", "ngf", "lambdaL1"],
  startingWeights: { G: "initG", D: "initD" },
  dataset: aligned,
  takesMasks: true,
  takesMicroBatches: true,
  losses: lossNames,
  metric: "l1",
  charts: [
    { title: "Held-out L1", note: "mean |fake B − B| of test images in [−1, 1]; lower is better", source: "metrics", keys: ["l1"], smooth: false },
    { title: "Held-out PSNR", note: "of test images, in dB; higher is better", source: "metrics", keys: ["psnr"], smooth: false },
    { title: "Held-out SSIM", note: "of test images; higher is better", source: "metrics", keys: ["ssim"], smooth: false },
    { title: "L1", note: "the distance of translations from B, with its weight", source: "log", keys: ["G_L1"], smooth: true },
    { title: "Generator", note: "lower: better at deceiving the discriminator", source: "log", keys: ["G_GAN"], smooth: true },
    { title: "Discriminator", note: "lower: better at telling real pairs from translations", source: "log", keys: ["D_real", "D_fake"], smooth: true },
    penaltyChart,
  ],
  poolOption: "poolSize",

  check(options) {
    checkUnet(options);
    checkGanLoss(options);
  },

  imageSides(options) {
    const { multiple, least } = generatorSides(generatorSizesOf(options));
    return { multiple, least: Math.max(least, discriminatorLeast(options)) };
  },

  channels: ({ inputNc, outputNc }) => ({ A: inputNc, B: outputNc }),
  visuals: () => visualRows,
  translators: () => ({ AtoB: "G" }),

  create: (gpu, options, random, group) => new Pix2PixTrainer(gpu, options, random, group),
};
