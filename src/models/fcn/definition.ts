/** The definition of the FCN for the contract of models. Source: arXiv 1411.4038. */
import { labelled } from "../../data/datasets/labelled.js";
import type { Chart, ModelDefinition } from "../model.js";
import { FCN_MULTIPLE } from "../networks/fcn.js";
import { classesOf } from "./network.js";
import { lossNames, optionGroups, visualRows, type FcnSettings } from "./options.js";
import { FcnTrainer } from "./trainer.js";

function heldOut(title: string, note: string, keys: readonly string[]): Chart {
  return { title: `Held-out ${title}`, note: `of test images: ${note}; higher is better`, source: "metrics", keys, smooth: false };
}

export const fcnModel: ModelDefinition<FcnSettings, "A" | "B"> = {
  name: "fcn",
  title: "FCN",
  summary: "semantic segmentation, a class for every pixel (arXiv 1411.4038)",
  optionGroups,
  essentialOptions: ["classes", "fcn", "encoder", "ngf"],
  startingWeights: { FCN: "initFcn" },
  dataset: labelled,
  losses: lossNames,
  metric: "meanIoU",
  better: "higher",
  charts: [
    heldOut("mean IoU", "intersection over union, its mean over the classes, and weighted by their pixels", ["meanIoU", "frequencyWeightedIoU"]),
    heldOut("accuracy", "part of the pixels whose class is right, and its mean over the classes", ["pixelAccuracy", "meanAccuracy"]),
    { title: "Cross entropy", note: "mean over the pixels that have a class", source: "log", keys: ["cross_entropy"], smooth: true },
  ],

  check: (options) => void classesOf(options),

  imageSides: () => ({ multiple: FCN_MULTIPLE, least: FCN_MULTIPLE }),
  channels: ({ inputNc }) => ({ A: inputNc, B: 1 }),
  classes: classesOf,
  visuals: () => visualRows,
  translators: () => ({ AtoB: "FCN" }),

  create: (gpu, options, random) => new FcnTrainer(gpu, options, random),
};
