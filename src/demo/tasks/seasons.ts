/** Season transfer: landscapes in summer and in winter. */
import { encodePng } from "../../data/encode.js";
import type { Random } from "../../random.js";
import { sceneDataset, type SceneDataset } from "../scene-dataset.js";
import { landscape, readLandscapeDrawings, type Season } from "../scenes/landscape.js";
import { smallCycleGan } from "../small-models.js";
import type { DemoTask } from "../task.js";

const size = 32;

const dataset: SceneDataset = {
  title: "Landscapes in two seasons",
  description: `trainA and testA show summer, trainB and testB winter, ${size}×${size} pixels. testA and testB show the same landscapes; trainA and trainB do not.`,
  train: 250,
  test: 36,
  paired: false,
  async prepare(read) {
    const drawings = await readLandscapeDrawings(read);
    const draw = (random: Random, season: Season): Uint8Array => encodePng(landscape(random, size, drawings, season).image);
    return (random) => ({ A: draw(random, "summer"), B: draw(random, "winter") });
  },
};

export const seasons: DemoTask = {
  name: "seasons",
  summary: "landscapes from summer to winter and back",
  dataset: "seasons",
  domains: { A: "summer", B: "winter" },
  size,
  steps: 600,
  models: {
    // The identity loss helps to keep what both seasons share.
    cycle_gan: { ...smallCycleGan, lambdaIdentity: 0.5 },
  },
  makeDataset: (request) => sceneDataset(dataset, request),
};
