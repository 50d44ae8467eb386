import { findDomains } from "../data/image-folder.js";
import { createLoader } from "../data/loader.js";
import type { Loader, LoaderOptions } from "../data/loader.js";
import type { Random } from "../random.js";
import type { TrainConfig } from "./config.js";

/** The batches of a training, in its order from `start`. `onWarning`: called once for each image that cannot be read. */
export function openLoader(
  config: TrainConfig,
  random: Random,
  onWarning?: (text: string) => void,
  start: NonNullable<LoaderOptions["start"]> = { epoch: 1, index: 0 },
): Loader {
  const { a, b } = findDomains(config.dataroot, "train");
  return createLoader({
    ...config,
    random,
    start,
    pathsA: a,
    pathsB: b,
    channelsA: config.inputNc,
    channelsB: config.outputNc,
    workers: config.numThreads,
    ...(onWarning ? { onWarning } : {}),
  });
}
