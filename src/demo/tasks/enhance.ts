/** Photo enhancement, in small: sharp emoji from blurred, flat, noisy ones. */
import { drawnDataset } from "../drawn-dataset.js";
import { toBadPhoto } from "../pictures.js";
import { smallCycleGan } from "../small-models.js";
import type { DemoTask } from "../task.js";

const size = 32;
const change = { words: "blurred (Gaussian, σ 0.8 pixels), with 55 % of their contrast, and noisy (σ 10 of 255)", apply: toBadPhoto };

export const enhance: DemoTask = {
  name: "enhance",
  summary: "sharp pictures of animals and food from blurred, flat, noisy ones",
  dataset: "enhance",
  domains: { A: "bad", B: "sharp" },
  size,
  steps: 1000,
  models: { cycle_gan: { ...smallCycleGan, lambdaIdentity: 1, upsample: "bilinear-conv" } },
  makeDataset: (request) => drawnDataset({ categories: ["Animals & Nature", "Food & Drink"], size, change }, request),
};
