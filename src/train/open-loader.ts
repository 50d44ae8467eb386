import { findDomains } from "../data/image-folder.js";
import { createLoader } from "../data/loader.js";
import type { Loader } from "../data/loader.js";
import type { Random } from "../random.js";
import type { TrainConfig } from "./config.js";

/** The batches of a training, in its order. `onWarning`: called once for each image that cannot be read. */
export function openLoader(config: TrainConfig, random: Random, onWarning?: (text: string) => void): Loader {
  const { a, b } = findDomains(config.dataroot, "train");
  return createLoader({
    ...config,
    random,
    pathsA: a,
    pathsB: b,
    channelsA: config.inputNc,
    channelsB: config.outputNc,
    workers: config.numThreads,
    ...(onWarning ? { onWarning } : {}),
  });
}
