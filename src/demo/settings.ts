/** The settings of a demo's training. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { trainConfig, type TrainConfig } from "../run/options.js";
import type { DemoTask } from "./task.js";

/** The options of the demo. */
export interface DemoChoices {
  readonly model: string;
  readonly steps: number;
  readonly seed: number;
  readonly adapter: string;
}

/** The folder of a task's data set, relative to the working directory. */
export const datasetFolder = ({ dataset }: DemoTask): string => join("datasets", dataset);

/** The model that a task trains unless another is asked for. */
export const defaultModelOf = ({ models }: DemoTask): string => Object.keys(models)[0] ?? "";

/** The name of a task's run: demo for the first task, and the task with any other model than its first for the rest. */
export function runName({ name, models }: DemoTask, model: string): string {
  const task = name === "style" ? "demo" : `demo-${name}`;
  return model === Object.keys(models)[0] ? task : `${task}-${model}`;
}

/** The number of images in the larger folder to train on. */
function trainingImages(dataset: string): number {
  const folders = readdirSync(dataset).filter((name) => name.startsWith("train"));
  return Math.max(1, ...folders.map((name) => readdirSync(join(dataset, name)).length));
}

/** A run of a task whose data set is there. The learning rate falls in the second half of the epochs. */
export function demoConfig(task: DemoTask, { model, steps, seed, adapter }: DemoChoices): TrainConfig {
  const dataroot = datasetFolder(task);
  const settings = task.models[model];
  const batchSize = Number(settings?.["batchSize"] ?? 1);
  const epochs = Math.ceil((steps * batchSize) / trainingImages(dataroot));
  const nEpochsDecay = Math.floor(epochs / 2);
  return trainConfig({
    model,
    name: runName(task, model),
    overwrite: true,
    dataroot,
    loadSize: task.size,
    cropSize: task.size,
    numThreads: 1,
    nEpochs: epochs - nEpochsDecay,
    nEpochsDecay,
    maxSteps: steps,
    printFreq: 10,
    displayFreq: Math.max(1, Math.round((steps * batchSize) / 18)),
    evalFreq: Math.max(1, Math.round((steps * batchSize) / 5)),
    evalImages: 0,
    saveLatestFreq: steps * batchSize + 1,
    saveEpochFreq: epochs + 1,
    seed,
    adapter,
    ...settings,
  });
}
