/** Labels ↔ image: landscapes from the classes of their pixels, and back. */
import { encodeLabels, encodePng } from "../../data/encode.js";
import { formatClasses, paletteOf } from "../../data/label-classes.js";
import { sceneDataset, type SceneDataset } from "../scene-dataset.js";
import { landscape, landscapeClasses, readLandscapeDrawings } from "../scenes/landscape.js";
import type { DemoTask } from "../task.js";

/** An FCN needs a multiple of 32. */
const size = 32;

const { names, colors = [] } = landscapeClasses;

const dataset: SceneDataset = {
  title: "Landscapes and their labels",
  description: `trainA and testA hold the class of every pixel, trainB and testB the landscapes of the same names, ${size}×${size} pixels. classes.json names the classes.`,
  train: 300,
  test: 40,
  paired: true,
  async prepare(read) {
    const drawings = await readLandscapeDrawings(read);
    return (random) => {
      const { image, labels } = landscape(random, size, drawings);
      return { A: encodeLabels(labels, paletteOf(landscapeClasses)), B: encodePng(image) };
    };
  },
  files: { "classes.json": `${JSON.stringify(names.map((name, index) => ({ name, color: colors[index] })), undefined, 1)}\n` },
};

const small = { ngf: 16, ndf: 32, netD: "n_layers", nLayersD: 2, lr: 1e-3 };

export const labels2scene: DemoTask = {
  name: "labels2scene",
  summary: "landscapes from the classes of their pixels, and back",
  dataset: "landscapes",
  domains: { A: "labels", B: "landscapes" },
  size,
  steps: 1000,
  models: {
    pix2pix: { ...small, numDowns: 5 },
    cycle_gan: { ...small, nBlocks: 3, lambdaIdentity: 0, upsample: "bilinear-conv" },
    fcn: { direction: "BtoA", classes: formatClasses(landscapeClasses), encoder: "vgg8", ngf: 16, batchSize: 4, lr: 1e-3 },
  },
  makeDataset: (request) => sceneDataset(dataset, request),
};
