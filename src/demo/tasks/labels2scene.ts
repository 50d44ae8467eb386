/** Labels ↔ image: landscapes from the classes of their pixels, and back. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { encodeLabels, encodePng } from "../../data/encode.js";
import { formatClasses, paletteOf } from "../../data/label-classes.js";
import type { SegmentationFigures } from "../../metrics/confusion.js";
import { sceneDataset, type SceneDataset } from "../scene-dataset.js";
import { landscape, landscapeClasses, readLandscapeDrawings } from "../scenes/landscape.js";
import { smallCycleGan, smallPix2Pix } from "../small-models.js";
import type { DemoTask, MeasureRequest } from "../task.js";

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

function table(title: string, rows: readonly (readonly [string, SegmentationFigures])[]): string[] {
  const line = (label: string, columns: readonly string[]): string => label.padEnd(32) + columns.map((text) => text.padStart(16)).join("");
  const figures = rows.map(([label, { pixelAccuracy, meanAccuracy, meanIoU }]) => line(label, [pixelAccuracy, meanAccuracy, meanIoU].map((value) => value.toFixed(3))));
  return [line(title, ["pixel accuracy", "class accuracy", "class IoU"]), ...figures];
}

/** How well an FCN finds the labels in landscapes: those of the data set, and those that a model made from labels. */
async function labelFigures({ config: { model, adapter }, run }: MeasureRequest): Promise<readonly string[]> {
  if (model === "fcn") {
    const { evaluateSegmentation } = await import("../../evaluate/segmentation.js");
    const { figures } = await evaluateSegmentation({ model: run, adapter });
    return table("Labels found by this FCN", [["true landscapes", figures]]);
  }
  const fcn = join(dirname(run), "demo-labels2scene-fcn");
  if (!existsSync(fcn)) return ["For the FCN score, first train the FCN with --model fcn, then this model again."];
  const { evaluate } = await import("../../evaluate/evaluate.js");
  const { fcnScore } = await evaluate({ model: run, adapter, fcnScore: fcn });
  if (!fcnScore) return [];
  const { translated, real } = fcnScore;
  return table(`FCN score`, [["made from labels", translated], ...(real ? [["true landscapes", real] as const] : [])]);
}

export const labels2scene: DemoTask = {
  name: "labels2scene",
  summary: "landscapes from the classes of their pixels, and back",
  dataset: "landscapes",
  domains: { A: "labels", B: "landscapes" },
  size,
  steps: 1000,
  models: {
    pix2pix: { ...smallPix2Pix, ngf: 16, lr: 1e-3 },
    cycle_gan: { ...smallCycleGan, lambdaIdentity: 0, upsample: "bilinear-conv" },
    fcn: { direction: "BtoA", classes: formatClasses(landscapeClasses), encoder: "vgg8", ngf: 16, batchSize: 4, lr: 1e-3 },
  },
  makeDataset: (request) => sceneDataset(dataset, request),
  measure: labelFigures,
};
