/** Gray → colour: emoji from their luminance, learnt from pairs and without them. */
import { drawnDataset } from "../drawn-dataset.js";
import { toGray } from "../pictures.js";
import { smallCycleGan, smallPix2Pix } from "../small-models.js";
import type { DemoTask } from "../task.js";

const size = 32;

export const gray2color: DemoTask = {
  name: "gray2color",
  summary: "emoji from their luminance, learnt from pairs or without them",
  dataset: "gray2color",
  domains: { A: "gray", B: "colour" },
  size,
  steps: 1000,
  models: {
    pix2pix: smallPix2Pix,
    // Identity losses pass colours on unchanged, which also keeps shapes.
    cycle_gan: { ...smallCycleGan, lambdaIdentity: 0.5, upsample: "bilinear-conv" },
  },
  makeDataset: (request) => drawnDataset({ categories: ["Smileys & Emotion"], size, change: { words: "their luminance", apply: toGray } }, request),
};
