/** A dry run as a table to print. */
import { formatBytes, formatDuration, formatNumber } from "../../format.js";
import type { DryRun } from "./dry-run.js";
import type { BatchShape, Demand } from "./rehearse.js";

/** `checkpointActivations`: the setting of the training; undefined if the model has no such option. */
export function formatDryRun(run: DryRun, checkpointActivations: unknown): string {
  const rows: [string, string][] = [
    ["Images", imagesOf(run)],
    ["Memory", `${formatBytes(run.memory.peakBytes)} of device memory at most`],
    ...partsOf(run.memory),
    ...(run.otherwise ? [otherwiseOf(run.memory, run.otherwise, checkpointActivations === true)] : []),
    ["", verdictOf(run, checkpointActivations)],
    ["Time", timeOf(run)],
  ];
  return rows.map(([name, text]) => `${name.padEnd(8)}${text}\n`).join("");
}

function imagesOf({ plan, imagesPerEpoch, shapes }: DryRun): string {
  const pixels = ([, height, width]: BatchShape): string => `${width}×${height}`;
  const sides = Object.values(shapes);
  const sizes = [...new Set(sides.map(pixels))].join(" and ");
  const epochs = `${plan.stepsPerEpoch} steps an epoch, ${plan.totalSteps} in all`;
  return `${imagesPerEpoch} an epoch, ${sizes} pixels (those of the first step), ${sides[0]?.[0] ?? 1} at a time: ${epochs}`;
}

function partsOf({ parameterBytes, poolBytes, peakBytes }: Demand): [string, string][] {
  return [
    ["", `${formatBytes(parameterBytes)} weights, gradients, Adam's moments`],
    ...(poolBytes > 0 ? [["", `${formatBytes(poolBytes)} images remembered for the discriminators`] satisfies [string, string]] : []),
    ["", `${formatBytes(peakBytes - parameterBytes - poolBytes)} activations and scratch memory`],
  ];
}

function otherwiseOf(memory: Demand, otherwise: Demand, checkpointActivations: boolean): [string, string] {
  const arithmetic = `${(otherwise.flops / memory.flops).toFixed(2)} times the arithmetic`;
  const how = checkpointActivations ? "without" : "with";
  return ["", `(${how} --checkpoint-activations: ${formatBytes(otherwise.peakBytes)}, for ${arithmetic})`];
}

function verdictOf({ memory, otherwise, memoryLimit }: DryRun, checkpointActivations: unknown): string {
  if (memoryLimit === undefined) return "WebGPU does not tell how much the device has; name it with --memory.";
  const limit = formatBytes(memoryLimit);
  if (memory.peakBytes <= memoryLimit) return `It fits into ${limit}.`;
  const switchHelps = checkpointActivations === false && otherwise !== undefined && otherwise.peakBytes <= memoryLimit;
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
  return `${formatNumber(secondsPerStep)} s a step, ${epoch} an epoch, ${all} in all (${source})`;
}
