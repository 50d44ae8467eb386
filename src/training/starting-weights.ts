/** The files of weights that networks start from. */
import { statSync } from "node:fs";
import { CheckpointError } from "../errors.js";
import type { Model, ModelDefinition } from "../models/model.js";
import { flagOf } from "../models/options.js";
import { optionsOf, type TrainConfig } from "../run/options.js";
import { loadWeights } from "../run/weights.js";

/** The settings that name a file, by network. */
function files({ startingWeights = {} }: ModelDefinition, config: TrainConfig): (readonly [network: string, key: string, path: string])[] {
  return Object.entries(startingWeights).flatMap(([network, key]) => {
    const path = config[key];
    return typeof path === "string" && path !== "" ? [[network, key, path] as const] : [];
  });
}

/** Throws a CheckpointError if a file is missing. */
export function checkStartingWeights(definition: ModelDefinition, config: TrainConfig): void {
  const options = optionsOf(definition);
  for (const [, key, path] of files(definition, config)) {
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
    const spec = options[key];
    throw new CheckpointError(`${spec ? flagOf(key, spec) : key} ${path}: expected a file of weights, got none there.`);
  }
}

/** Loads the files into the networks of a model, and returns whether there are any. Throws a CheckpointError for a file that does not fit its network. */
export async function loadStartingWeights(definition: ModelDefinition, { weights }: Model, config: TrainConfig): Promise<boolean> {
  const all = files(definition, config);
  for (const [name, , path] of all) {
    const network = weights[name];
    if (!network) throw new RangeError(`${name}: expected a network of the model, got none of that name.`);
    await loadWeights(path, network);
  }
  return all.length > 0;
}
