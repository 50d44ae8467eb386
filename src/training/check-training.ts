import { findDomains } from "../data/image-folder.js";
import { checkConfig } from "./check-config.js";
import type { TrainConfig } from "./config.js";
import { checkInitialWeights } from "./initial-weights.js";
import { checkResume, hasSavedNothing } from "../run/resume.js";
import { checkRunFolder } from "../run/folder.js";

/**
 * Throws what can be known to be wrong without a device: settings, the run's name, the folders, and, with `resume`, what
 * the run's checkpoint does not go with. Writes nothing.
 */
export function checkTraining(config: TrainConfig, resume = false): void {
  checkConfig(config);
  const anew = resume && hasSavedNothing(config);
  if (resume && !anew) checkResume(config);
  else {
    checkRunFolder(anew ? { ...config, overwrite: true } : config);
    checkInitialWeights(config);
  }
  findDomains(config.dataroot, "train");
}
