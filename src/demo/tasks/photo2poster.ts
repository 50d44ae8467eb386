/** Photographs in the manner of illustrated wallpapers. */
import type { DemoTask } from "../task.js";
import { wallpaperDataset } from "../wallpaper-dataset.js";

export const photo2poster: DemoTask = {
  name: "photo2poster",
  summary: "photographs in the manner of drawn wallpapers, both from Debian's packages",
  dataset: "wallpapers",
  domains: { A: "photographs", B: "posters" },
  size: 96,
  steps: 2400,
  models: {
    cycle_gan: {
      preprocess: "scale_width_and_crop",
      loadSize: 176,
      ngf: 24,
      ndf: 32,
      nBlocks: 4,
      upsample: "bilinear-conv",
      lambdaIdentity: 0.5,
      ema: 0.99,
      lr: 3e-4,
    },
  },
  makeDataset: wallpaperDataset,
};
