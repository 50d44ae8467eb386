import { findDomains } from "../data/image-folder.js";
import { checkConfig } from "./check-config.js";
import type { TrainConfig } from "./config.js";
import { checkRunFolder } from "./run-folder.js";

/** Throws what can be known to be wrong without a device: settings, the run's name, the folders. Writes nothing. */
export function checkTraining(config: TrainConfig): void {
  checkConfig(config);
  checkRunFolder(config);
  findDomains(config.dataroot, "train");
}
