/** Images from noise: new emoji. */
import { drawnDataset } from "../drawn-dataset.js";
import type { DemoTask } from "../task.js";

const size = 32;

export const noise2emoji: DemoTask = {
  name: "noise2emoji",
  summary: "new emoji of faces from noise",
  dataset: "noise2emoji",
  domains: { A: "noise", B: "emoji" },
  size,
  steps: 1000,
  models: { gan: { ngf: 32, ndf: 32, batchSize: 16, diffaugment: "color,translation", lrPolicy: "constant" } },
  makeDataset: (request) => drawnDataset({ categories: ["Smileys & Emotion"], size }, request),
};
