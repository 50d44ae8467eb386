/** Object transfiguration: apples become oranges, and the table stays. */
import { join } from "node:path";
import { decodeImage } from "../../data/decode.js";
import { encodePng } from "../../data/encode.js";
import type { Image } from "../../data/image.js";
import { maskedChange, type MaskedTriple } from "../../metrics/masked-change.js";
import { sceneDataset, type SceneDataset } from "../scene-dataset.js";
import { stillLife } from "../scenes/still-life.js";
import type { DemoTask } from "../task.js";

const size = 32;

/** Emoji of a red apple and of an orange, by the code points of their files. */
const emoji = { apple: ["1f34e"], orange: ["1f34a"] } as const;

/** White where the fruit is. */
function visible(mask: Image): Image {
  return { ...mask, data: mask.data.map((label) => 255 * label) };
}

const dataset: SceneDataset = {
  title: "Apples and oranges",
  description:
    `trainA and testA show apples, trainB and testB oranges, ${size}×${size} pixels. testA and testB show the same tables; trainA and trainB do not. ` +
    "testMask is white where the apples are.",
  train: 250,
  test: 36,
  paired: false,
  async prepare(read) {
    const [apples, oranges] = [await read(emoji.apple), await read(emoji.orange)];
    return (random) => {
      const scene = stillLife(random, size, apples);
      return { A: encodePng(scene.image), B: encodePng(stillLife(random, size, oranges).image), Mask: encodePng(visible(scene.labels)) };
    };
  },
};

const small = { ngf: 16, ndf: 32, nBlocks: 3, netD: "n_layers", nLayersD: 2, lr: 1e-3 };

export const fruit: DemoTask = {
  name: "fruit",
  summary: "apples become oranges, on a table that stays as it is",
  dataset: "fruit",
  domains: { A: "apples", B: "oranges" },
  size,
  steps: 1000,
  models: {
    // The identity loss is what tells the generators to leave the table alone.
    cycle_gan: { ...small, lambdaIdentity: 0.5, upsample: "bilinear-conv" },
    cut: small,
  },
  makeDataset: (request) => sceneDataset(dataset, request),

  async measure({ dataset: folder, real, fake, truth, heldOut }) {
    const triples = (path: string): Promise<MaskedTriple[]> =>
      Promise.all(
        heldOut.map(async ({ image }) => [
          await decodeImage(join(real, image), 3),
          await decodeImage(join(path, image), 3),
          await decodeImage(join(folder, "testMask", image), 1),
        ]),
      );
    const [translated, wanted] = [maskedChange(await triples(fake)), maskedChange(await triples(truth))];
    const color = (channels: readonly number[]): string => channels.map((value) => value.toFixed(0)).join(" ");
    return [
      `Mean change |translation - original| where the apples are: ${translated.inside.toFixed(4)}; everywhere else: ${translated.outside.toFixed(4)}`,
      `Mean colour where the apples are (red green blue): original ${color(wanted.original)}, translated ${color(translated.translated)}, with oranges ${color(wanted.translated)}`,
    ];
  },
};
