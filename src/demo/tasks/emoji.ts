/** The training of the generators that the package ships: emoji of all kinds at their full size. */
import { emojiDataset } from "../emoji-dataset.js";
import { emojiSources } from "../emoji-packages.js";
import type { DemoTask } from "../task.js";

// Symbols and flags are left out: the artists differ in the colours of symbols rather than in style, and flags have none.
const categories = [
  "Smileys & Emotion",
  "People & Body",
  "Animals & Nature",
  "Food & Drink",
  "Travel & Places",
  "Activities",
  "Objects",
];

export const emoji: DemoTask = {
  name: "emoji",
  summary: "emoji of all kinds in another artist's style, at 64×64: the training of the generators that come with the package, over an hour without a GPU",
  dataset: "emoji-64",
  domains: { A: emojiSources.A.title, B: emojiSources.B.title },
  size: 64,
  steps: 7000,
  models: {
    cycle_gan: { ngf: 32, ndf: 32, nBlocks: 4, lr: 6e-4, lambdaIdentity: 0.5, ema: 0.999, saveLatestFreq: 1000 },
  },
  makeDataset: (request) => emojiDataset({ categories, testShare: 0.1 }, request),
};
