/** The demo: emoji that two artists drew, each in the style of the other. */
import { emojiDataset } from "../emoji-dataset.js";
import { emojiSources } from "../emoji-packages.js";
import { smallCycleGan } from "../small-models.js";
import type { DemoTask } from "../task.js";

export const style: DemoTask = {
  name: "style",
  summary: "emoji of one artist in the style of another",
  dataset: "emoji",
  domains: { A: emojiSources.A.title, B: emojiSources.B.title },
  size: 32,
  steps: 1000,
  models: {
    // An identity loss with full weight keeps the colours of the few emoji that are not yellow.
    cycle_gan: { ...smallCycleGan, lambdaIdentity: 1 },
  },
  outlook:
    'A training of minutes learns the shading and the colours of faces. The generator "emoji" of this package was trained for over an hour: cyclegan translate --model emoji.',
  makeDataset: (request) => emojiDataset({ categories: ["Smileys & Emotion"], testShare: 0.2 }, request),
};
