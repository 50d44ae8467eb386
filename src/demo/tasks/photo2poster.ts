/** Photographs in the manner of illustrated wallpapers. */
import type { DemoTask } from "../task.js";
import { wallpaperDataset } from "../wallpaper-dataset.js";

export const photo2poster: DemoTask = {
  name: "photo2poster",
  summary: "photographs in the manner of drawn wallpapers, both from Debian's packages",
  dataset: "wallpapers",
  domains: { A: "photographs", B: "posters" },
  size: 64,
  steps: 1500,
  models: {
    // Photographs are seen nearly whole: instance norms take the colour from a crop without contours.
    cycle_gan: { preprocess: "scale_width_and_crop", loadSize: 128, ngf: 16, ndf: 32, nBlocks: 4, lambdaIdentity: 0.5, lr: 1e-3 },
  },
  makeDataset: wallpaperDataset,
};
