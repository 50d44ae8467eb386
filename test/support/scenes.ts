import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeLabels, encodePng } from "../../src/data/encode.js";
import type { Image } from "../../src/data/image.js";
import { paletteOf, parseClasses, type LabelClasses } from "../../src/data/label-classes.js";
import { labelsInColor } from "../../src/data/label-batch.js";
import { batchToImages } from "../../src/data/transform.js";
import { Random } from "../../src/random.js";

/** Class 0 is the ground, 1 a disc, 2 a square. */
export const sceneClasses = parseClasses("ground=#403020,disc=#2060c0,square=#c0a000") as LabelClasses;

/** A disc and a square on a rough ground, with the class of every pixel. Colours vary, so that a threshold does not do. */
export function makeScene(random: Random, side: number): { readonly photo: Image; readonly labels: Image } {
  const labels = new Uint8Array(side * side);
  const photo = new Uint8ClampedArray(3 * side * side);
  const shade = 20 * random.uniform();
  const place = (radius: number): number => radius + random.uniform() * (side - 2 * radius);
  const shapes = [1, 2].map((label) => {
    const radius = side * (0.14 + 0.1 * random.uniform());
    return { label, radius, x: place(radius), y: place(radius), color: label === 1 ? [60, 90, 200] : [210, 170, 60] };
  });
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const pixel = y * side + x;
      const shape = shapes.findLast(({ label, radius, x: cx, y: cy }) =>
        label === 1 ? Math.hypot(x - cx, y - cy) < radius : Math.max(Math.abs(x - cx), Math.abs(y - cy)) < radius,
      );
      labels[pixel] = shape?.label ?? 0;
      const [red = 0, green = 0, blue = 0] = shape?.color ?? [70, 120, 60];
      const noise = 40 * random.uniform() + shade;
      photo.set([red + noise, green + noise, blue + noise - 20], 3 * pixel);
    }
  }
  return {
    photo: { width: side, height: side, channels: 3, data: new Uint8Array(photo.buffer) },
    labels: { width: side, height: side, channels: 1, data: labels },
  };
}

/** How a folder holds its labels: as a palette or gray image of numbers, or in the colours of `sceneClasses`. */
export type LabelForm = "palette" | "gray" | "colours";

/** Writes scenes as a data set: photos to `<folder>/<phase>A`, labels to `<folder>/<phase>B`. */
export function writeScenes(folder: string, phase: "train" | "test", count: number, side: number, form: LabelForm): void {
  const random = new Random(phase === "train" ? 1 : 2);
  const [photos, labelled] = ["A", "B"].map((domain) => join(folder, `${phase}${domain}`)) as [string, string];
  for (const path of [photos, labelled]) mkdirSync(path, { recursive: true });
  const palette = paletteOf(sceneClasses);
  for (let index = 0; index < count; index++) {
    const { photo, labels } = makeScene(random, side);
    const [inColor = labels] = batchToImages(labelsInColor([labels], palette));
    const bytes = { palette: () => encodeLabels(labels, palette), gray: () => encodePng(labels), colours: () => encodePng(inColor) }[form]();
    writeFileSync(join(photos, `${index}.png`), encodePng(photo));
    writeFileSync(join(labelled, `${index}.png`), bytes);
  }
}
