/** FCNs that a path names, with their classes. */
import { statSync } from "node:fs";
import type { LabelClasses } from "../data/label-classes.js";
import { CheckpointError } from "../errors.js";
import { readWeightFile } from "../io/read-weights.js";
import { recognise } from "../models/networks/recognise.js";
import { readRunConfig } from "../run/folder.js";
import { isReferenceFolder } from "../run/network-files.js";
import { modelOf, type TrainConfig } from "../run/options.js";
import { modelPath } from "../run/shipped.js";
import { findGenerator, type FoundGenerator } from "../translate/find-generator.js";

/** A trained FCN. */
export interface Segmenter extends FoundGenerator {
  readonly classes: LabelClasses;
  /** The settings of its run; absent for a file. */
  readonly config?: TrainConfig;
}

/**
 * The FCN in a run or a file of weights; undefined if another network is there.
 *
 * Throws as `findGenerator`.
 */
export async function segmenterAt(given: string, epoch = "latest"): Promise<Segmenter | undefined> {
  const model = modelPath(given);
  if (isReferenceFolder(model)) return undefined;
  if (statSync(model, { throwIfNoEntry: false })?.isFile()) {
    const { networks } = recognise((await readWeightFile(model)).tensors);
    return networks.some(({ network }) => network.kind === "segmenter") ? withClasses(await findGenerator({ model, direction: "AtoB", epoch })) : undefined;
  }
  const config = readRunConfig(model);
  if (modelOf(config).classes === undefined) return undefined;
  return { ...withClasses(await findGenerator({ model, direction: config.direction, epoch })), config };
}

function withClasses(found: FoundGenerator): Segmenter {
  if (found.classes) return { ...found, classes: found.classes };
  throw new CheckpointError(`${found.weights}: expected an FCN, got a network without classes.`);
}
