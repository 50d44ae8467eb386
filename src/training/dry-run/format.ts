import type { DryRun } from "./dry-run.js";
import { formatDuration } from "../rate.js";
import type { Demand } from "./rehearse.js";

/** A dry run as a table to print. */
export function formatDryRun(run: DryRun, checkpointActivations: boolean): string {
  const rows: [string, string][] = [
    ["Images", imagesOf(run)],
    ["Memory", `${size(run.memory.peakBytes)} of device memory at most`],
    ...partsOf(run.memory),
    ["", otherwiseOf(run, checkpointActivations)],
    ["", verdictOf(run, checkpointActivations)],
    ["Time", timeOf(run)],
  ];
  return rows.map(([name, text]) => `${name.padEnd(8)}${text}\n`).join("");
}

function imagesOf({ plan, imagesPerEpoch, shapes: { a, b } }: DryRun): string {
  const pixels = ([, height, width]: DryRun["shapes"]["a"]): string => `${width}×${height}`;
  const sizes = pixels(a) === pixels(b) ? pixels(a) : `${pixels(a)} and ${pixels(b)}`;
  const epochs = `${plan.stepsPerEpoch} steps an epoch, ${plan.totalSteps} in all`;
  return `${imagesPerEpoch} an epoch, ${sizes} pixels (those of the first step), ${a[0]} at a time: ${epochs}`;
}

function partsOf({ parameterBytes, poolBytes, peakBytes }: Demand): [string, string][] {
  return [
    ["", `${size(parameterBytes)} weights, gradients, Adam's moments`],
    ["", `${size(poolBytes)} images remembered for the discriminators`],
    ["", `${size(peakBytes - parameterBytes - poolBytes)} activations and scratch memory`],
  ];
}

function otherwiseOf({ memory, otherwise }: DryRun, checkpointActivations: boolean): string {
  const arithmetic = `${(otherwise.flops / memory.flops).toFixed(2)} times the arithmetic`;
  const how = checkpointActivations ? "without" : "with";
  return `(${how} --checkpoint-activations: ${size(otherwise.peakBytes)}, for ${arithmetic})`;
}

function verdictOf({ memory, otherwise, memoryLimit }: DryRun, checkpointActivations: boolean): string {
  if (memoryLimit === undefined) return "WebGPU does not tell how much the device has; name it by --memory.";
  const limit = size(memoryLimit);
  if (memory.peakBytes <= memoryLimit) return `It fits into ${limit}.`;
  const switchHelps = !checkpointActivations && otherwise.peakBytes <= memoryLimit;
  const advice = switchHelps ? "--checkpoint-activations" : "smaller images, a smaller batch or narrower networks";
  return `TOO MUCH for ${limit}. Use ${advice}.`;
}

function timeOf({ plan, time }: DryRun): string {
  if (!time) return "not measured, since the memory does not suffice";
  const { secondsPerStep, measured, full } = time;
  const epoch = formatDuration(secondsPerStep * plan.stepsPerEpoch);
  const all = formatDuration(secondsPerStep * plan.totalSteps);
  const [height, width] = measured;
  const source = full ? "measured" : `computed from steps at ${width}×${height} and smaller`;
  return `${secondsPerStep.toPrecision(3)} s a step, ${epoch} an epoch, ${all} in all (${source})`;
}

function size(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toPrecision(3)} MB` : `${(bytes / 1e9).toPrecision(3)} GB`;
}
