/** The definition of CycleGAN for the contract of models. Source: arXiv 1703.10593. */
import { unpaired } from "../../data/datasets/unpaired.js";
import { UsageError } from "../../errors.js";
import type { ModelDefinition } from "../model.js";
import { generatorSides } from "../networks/generator.js";
import { discriminatorLeast } from "../networks/patch-gan.js";
import { checkGanLoss } from "../parts/gan-options.js";
import { checkUnet, generatorSizes, netG } from "../parts/generator-options.js";
import { lossNames, optionGroups, visualRows, type CycleGANSettings } from "./options.js";
import { CycleGANTrainer } from "./trainer.js";
import { createWatch } from "./watch.js";

export const cycleGan: ModelDefinition<CycleGANSettings, "A" | "B"> = {
  name: "cycle_gan",
  title: "CycleGAN",
  summary: "unpaired translation in both directions (arXiv 1703.10593)",
  optionGroups,
  aliases: {
    netG,
  },
  essentialOptions: ["netG", "ngf", "lambdaIdentity"],
  startingWeights: { G_A: "initGA", G_B: "initGB", D_A: "initDA", D_B: "initDB" },
  dataset: unpaired,
  takesMasks: true,
  takesMicroBatches: true,
  losses: lossNames,
  metric: "swd",
  charts: [
    { title: "Held-out distance", note: "of translations to real test images; lower is better", source: "metrics", keys: ["swd_A", "swd_B", "swd"], smooth: false },
    { title: "Held-out cycle", note: "what test images lose on the way there and back", source: "metrics", keys: ["cycle_A", "cycle_B"], smooth: false },
    { title: "Cycle", note: "how much is lost on the way there and back", source: "log", keys: ["cycle_A", "cycle_B"], smooth: true },
    { title: "Identity", note: "how much a generator changes images that are in its target domain already", source: "log", keys: ["idt_A", "idt_B"], smooth: true },
    { title: "Generators", note: "lower: better at deceiving the discriminators", source: "log", keys: ["G_A", "G_B"], smooth: true },
    { title: "Discriminators", note: "lower: better at telling real from generated", source: "log", keys: ["D_A", "D_B"], smooth: true },
  ],
  poolOption: "poolSize",

  check(options) {
    const { lambdaIdentity, inputNc, outputNc } = options;
    checkUnet(options);
    checkGanLoss(options);
    if (lambdaIdentity === 0 || inputNc === outputNc) return;
    throw new UsageError(
      `--lambda-identity must be 0 if --input-nc and --output-nc differ (${inputNc} and ${outputNc}), got ${lambdaIdentity}.`,
    );
  },

  imageSides(options) {
    const { multiple, least } = generatorSides(generatorSizes(options));
    return { multiple, least: Math.max(least, discriminatorLeast(options)) };
  },

  channels: ({ inputNc, outputNc }) => ({ A: inputNc, B: outputNc }),
  visuals: visualRows,
  translators: ({ ema }) => (ema > 0 ? { AtoB: "G_A_ema", BtoA: "G_B_ema" } : { AtoB: "G_A", BtoA: "G_B" }),

  create: (gpu, options, random, group) => new CycleGANTrainer(gpu, options, random, group),
  watch: (options, totalSteps) => createWatch({ ...options, totalSteps }),
};
