/** Object transfiguration: apples become oranges, and the table stays. */
import { join } from "node:path";
import { decodeImage } from "../../data/decode.js";
import { encodePng } from "../../data/encode.js";
import type { Image } from "../../data/image.js";
import { maskedChange, type MaskedChange, type MaskedTriple } from "../../metrics/masked-change.js";
import { sceneDataset, type SceneDataset } from "../scene-dataset.js";
import { stillLife } from "../scenes/still-life.js";
import { smallCycleGan } from "../small-models.js";
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

/** What changed where the apples are and elsewhere, beside what would have changed if they had become the true oranges. */
function figures(translated: MaskedChange, wanted: MaskedChange): string[] {
  const line = (label: string, columns: readonly string[]): string => label.padEnd(32) + columns.map((text) => text.padStart(14)).join("");
  const color = (channels: readonly number[]): string => channels.map((value) => value.toFixed(0)).join(" ");
  const row = (label: string, { inside, outside, translated: after }: MaskedChange): string =>
    line(label, [inside.toFixed(4), outside.toFixed(4), color(after)]);
  return [
    "Change of the scenes with apples (mean |a - b|), and the mean colour of the fruit (red green blue, 0 to 255):",
    line("", ["of the fruit", "of the rest", "colour"]),
    line("apples", ["", "", color(wanted.original)]),
    row("translated to oranges", translated),
    row("true oranges", wanted),
  ];
}

export const fruit: DemoTask = {
  name: "fruit",
  summary: "apples become oranges, on a table that stays as it is",
  dataset: "fruit",
  domains: { A: "apples", B: "oranges" },
  size,
  steps: 600,
  models: {
    // The identity loss is what tells the generators to leave the table alone.
    cycle_gan: { ...smallCycleGan, lambdaIdentity: 0.5, upsample: "bilinear-conv" },
  },
  makeDataset: (request) => sceneDataset(dataset, request),

  async measure({ config: { dataroot }, real, fake, truth, heldOut }) {
    const changeTo = async (path: string): Promise<MaskedChange> => {
      const triples = heldOut.map(async ({ image }): Promise<MaskedTriple> => [
        await decodeImage(join(real, image), 3), await decodeImage(join(path, image), 3), await decodeImage(join(dataroot, "testMask", image), 1),
      ]);
      return maskedChange(await Promise.all(triples));
    };
    return figures(await changeTo(fake), await changeTo(truth));
  },
};
