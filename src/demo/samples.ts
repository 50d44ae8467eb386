/** Measures a run that makes images from noise. */
import { join } from "node:path";
import { decodeImage } from "../data/decode.js";
import { spread } from "../data/held-out.js";
import type { Image } from "../data/image.js";
import { listImages } from "../data/list-images.js";
import { slicedWasserstein } from "../metrics/sliced-wasserstein.js";
import { sample } from "../sample/sample.js";
import type { TrainConfig } from "../run/options.js";
import type { HeldOut, TaskHooks } from "./task.js";

const readAll = (paths: readonly string[]): Promise<Image[]> => Promise.all(paths.map((path) => decodeImage(path, 3)));

/**
 * Makes as many images of noise as there are test images, in `samples` of the run. Returns their distance from the test images, beside
 * that of as many training images, in lines, and the path of a picture of them.
 */
export async function measureSamples(
  { dataroot, adapter }: TrainConfig,
  run: string,
  heldOut: readonly HeldOut[],
  { onProgress }: TaskHooks,
): Promise<{ readonly figures: readonly string[]; readonly picture: string }> {
  const onSamples = ({ done, total }: { done: number; total: number }): void => onProgress(`Making images of noise: ${done}/${total}`);
  const { images, grid = "" } = await sample({ model: run, output: join(run, "samples"), count: heldOut.length, adapter }, { onProgress: onSamples });
  const real = await readAll(heldOut.map(({ image }) => join(dataroot, "test", image)));
  const training = await readAll(spread(listImages(join(dataroot, "train")), heldOut.length));
  const line = (what: string, set: readonly Image[]): string => `${what.padEnd(32)}${slicedWasserstein(set, real).mean.toFixed(1).padStart(14)}`;
  const figures = [
    `Sliced Wasserstein distance × 1000 to ${real.length} images never seen in training:`,
    line(`${images.length} images made of noise`, await readAll(images)),
    line(`${training.length} images of the training`, training),
  ];
  return { figures, picture: grid };
}
