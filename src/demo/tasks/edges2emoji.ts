/** Edges → photo, in small: emoji from their edges. */
import { drawnDataset } from "../drawn-dataset.js";
import { toEdges } from "../pictures.js";
import { smallPix2Pix } from "../small-models.js";
import type { DemoTask } from "../task.js";

const size = 32;
const change = { words: "their edges (Sobel's magnitude of at least 80, thinned by non-maximum suppression)", apply: toEdges };

export const edges2emoji: DemoTask = {
  name: "edges2emoji",
  summary: "emoji from their edges, learnt from pairs",
  dataset: "edges2emoji",
  domains: { A: "edges", B: "emoji" },
  size,
  steps: 1000,
  models: { pix2pix: smallPix2Pix },
  makeDataset: (request) => drawnDataset({ categories: ["Smileys & Emotion"], size, change }, request),
};
