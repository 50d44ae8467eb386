/** The classes of a data set with labels. */
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { imageFolder } from "../data/image-folder.js";
import { classesOfJson, formatClasses } from "../data/label-classes.js";
import { DataError } from "../errors.js";
import { modelOf, type TrainConfig } from "../run/options.js";

const FILE = "classes.json";

/**
 * The settings with the classes of the data set's classes.json, if the model learns labels and the settings name no classes. The file
 * is in `dataroot`, or in the folder of labels that `--b` names or the one above it.
 *
 * So a run knows its classes even if the file changes later. Throws a DataError for a file that cannot be read.
 */
export function withClasses(config: TrainConfig): TrainConfig {
  const { dataset } = modelOf(config);
  if (dataset.labels === undefined || config["classes"] !== "" || (config.dataroot === "" && config.b === "")) return config;
  const folder = imageFolder(dataset, config, "train", dataset.source(dataset.labels, config.direction).folder);
  const path = [folder, dirname(folder)].map((place) => join(place, FILE)).find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  if (path === undefined) return config;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new DataError(`${path}: expected JSON that can be read, got ${String(cause)}. Correct the file.`, { cause });
  }
  return { ...config, classes: formatClasses(classesOfJson(value, path)) };
}
