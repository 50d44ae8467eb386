/** The demo: emoji that two artists drew, each in the style of the other. */
import { emojiDataset } from "../emoji-dataset.js";
import { emojiSources } from "../emoji-packages.js";
import type { DemoTask } from "../task.js";

/**
 * The reference's method with small networks and images. With this few steps, a higher learning rate gets further. A
 * discriminator of two layers sees a whole 32×32 image (its receptive field is 34 pixels).
 */
const small = { ngf: 16, ndf: 32, nBlocks: 3, netD: "n_layers", nLayersD: 2, lr: 1e-3 };

export const style: DemoTask = {
  name: "style",
  summary: "emoji of one artist in the style of another",
  dataset: "emoji",
  domains: { A: emojiSources.A.title, B: emojiSources.B.title },
  size: 32,
  steps: 1000,
  models: {
    // An identity loss with full weight keeps the colours of the few emoji that are not yellow.
    cycle_gan: { ...small, lambdaIdentity: 1 },
  },
  async makeDataset(request) {
    return (await emojiDataset(request)).test;
  },
};
