/** The registry of models: those of this package, and those that a program registers. */
import { UsageError } from "../errors.js";
import { cycleGan } from "./cyclegan/definition.js";
import { cut } from "./cut/definition.js";
import { gan } from "./gan/definition.js";
import { fcnModel } from "./fcn/definition.js";
import type { ModelDefinition } from "./model.js";
import { pix2Pix } from "./pix2pix/definition.js";

/** The model of `train` without `--model`, and of runs whose settings name none. */
export const defaultModel = cycleGan.name;

const registered = new Map<string, ModelDefinition>([cycleGan, pix2Pix, cut, gan, fcnModel].map((model) => [model.name, model]));

/** Names of all models. */
export function modelNames(): readonly string[] {
  return [...registered.keys()];
}

/** Makes a model available to `train`, `translate` and the command. Throws a UsageError if its name is taken. */
export function registerModel(model: ModelDefinition): void {
  if (registered.has(model.name)) throw new UsageError(`registerModel: the name "${model.name}" is taken. Use another.`);
  registered.set(model.name, model);
}

/** The model of that name. If there is none, throws a UsageError that lists all names. */
export function modelNamed(name: unknown): ModelDefinition {
  const found = registered.get(String(name));
  if (found) return found;
  throw new UsageError(`--model: expected ${modelNames().join(" | ")}, got ${JSON.stringify(name)}.`);
}
