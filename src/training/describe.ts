/** Describes a training in a line before it starts. */
import { parameterCount } from "../nn/module.js";
import type { Model, ModelDefinition } from "../models/model.js";
import type { TrainConfig } from "../run/options.js";
import type { TrainPlan } from "./plan.js";

function millions(count: number): string {
  return `${(count / 1e6).toFixed(2)} M`;
}

/** Such as `CycleGAN with 28.29 M parameters (G_A 11.38 M, …), images of 256×256, 266800 steps in 200 epochs.` */
export function describeTraining({ title }: ModelDefinition, { weights }: Model, config: TrainConfig, plan: TrainPlan): string {
  const counts = Object.entries(weights).map(([name, network]) => [name, parameterCount(network)] as const);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const parts = counts.map(([name, count]) => `${name} ${millions(count)}`).join(", ");
  const { preprocess, cropSize } = config;
  const size = preprocess.endsWith("crop") ? `images of ${cropSize}×${cropSize}` : `--preprocess ${preprocess}`;
  const { totalSteps, firstEpoch, lastEpoch } = plan;
  const epochs = firstEpoch === 1 ? `${lastEpoch} ${lastEpoch === 1 ? "epoch" : "epochs"}` : `epochs ${firstEpoch} to ${lastEpoch}`;
  return `${title} with ${millions(total)} parameters (${parts}), ${size}, ${totalSteps} steps in ${epochs}.`;
}

/** A line on what samples show of images that are neither gray nor RGB; none if there are no such images. */
export function describeShown(definition: ModelDefinition, config: TrainConfig): string[] {
  const sides = Object.entries(definition.channels(config)).filter(([, count]) => count !== 1 && count !== 3);
  return sides.map(([side, count]) => `Samples show the first ${count === 2 ? "channel" : "three channels as RGB"} of the ${count} of ${side}.`);
}
