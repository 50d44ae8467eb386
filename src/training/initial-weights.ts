import { statSync } from "node:fs";
import { CheckpointError } from "../errors.js";
import type { Networks } from "../models/cyclegan/networks.js";
import { loadWeights } from "../run/weights.js";
import type { TrainConfig } from "./config.js";

const flags = { G_A: "--init-g-a", G_B: "--init-g-b", D_A: "--init-d-a", D_B: "--init-d-b" } as const;

type GivenWeights = Pick<TrainConfig, "initGA" | "initGB" | "initDA" | "initDB">;

/** The files that networks start from, by network. */
function filesOf({ initGA, initGB, initDA, initDB }: GivenWeights): [keyof Networks, string][] {
  const all: [keyof Networks, string][] = [["G_A", initGA], ["G_B", initGB], ["D_A", initDA], ["D_B", initDB]];
  return all.filter(([, path]) => path !== "");
}

/** Throws a CheckpointError when a file of initial weights is not there. */
export function checkInitialWeights(config: GivenWeights): void {
  for (const [network, path] of filesOf(config)) {
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
    throw new CheckpointError(`${flags[network]} ${path}: expected a file of weights, got none there.`);
  }
}

/** Overwrites the drawn weights of the networks for which there are files. Throws a CheckpointError where they do not fit. */
export async function loadInitialWeights(config: GivenWeights, networks: Networks): Promise<void> {
  for (const [network, path] of filesOf(config)) await loadWeights(path, networks[network]);
}
