import { totalmem } from "node:os";
import type { Gpu } from "../../gpu/gpu.js";
import { openGpu } from "../../open-gpu.js";
import { Random } from "../../random.js";
import { checkTraining } from "../check-training.js";
import type { TrainConfig } from "../config.js";
import { openLoader } from "../open-loader.js";
import { planTraining, type TrainPlan } from "../plan.js";
import { rehearse, type Demand, type StepShapes } from "./rehearse.js";
import { timeSteps, type TimeEstimate } from "./time-steps.js";
import { stepWork, tuneDevice } from "../tune-device.js";

/** What a training would take. */
export interface DryRun {
  readonly plan: TrainPlan;
  readonly imagesPerEpoch: number;
  /** The batches of the first step; all are of this size where images are cropped. */
  readonly shapes: StepShapes;
  readonly memory: Demand;
  /** With `checkpointActivations` the other way round. */
  readonly otherwise: Demand;
  /** Bytes that there are: as given, or all of the machine's for a software adapter; undefined where nobody knows. */
  readonly memoryLimit: number | undefined;
  /** Absent where the memory would not do. */
  readonly time: TimeEstimate | undefined;
}

export interface DryRunHooks {
  /** Device memory in bytes. WebGPU does not tell how much a device has. */
  readonly memoryLimit?: number;
  /** Warnings, a line each. */
  readonly onMessage?: (text: string) => void;
}

/**
 * Finds out what a training takes in memory and time, without training or making a run.
 *
 * Memory is counted by rehearsing steps, time measured by making some. Throws what `train` throws before its first step.
 */
export async function dryRun(config: TrainConfig, hooks: DryRunHooks = {}): Promise<DryRun> {
  checkTraining(config);
  using gpu = await openGpu({ adapter: config.adapter });
  const loader = openLoader(config, new Random(config.seed).stream("data"), hooks.onMessage);
  try {
    const { imagesPerEpoch } = loader;
    const first = await loader.next();
    const shapes = { a: first.a.shape, b: first.b.shape };
    if (config.tune) await tuneDevice(gpu, stepWork(config, shapes), hooks.onMessage ?? (() => {}));
    const steps = stepsOf(shapes, imagesPerEpoch);
    const memory = await rehearse(gpu, config, steps);
    const otherwise = await rehearse(gpu, { ...config, checkpointActivations: !config.checkpointActivations }, steps);
    const memoryLimit = hooks.memoryLimit ?? machineMemory(gpu);
    const fits = memoryLimit === undefined || memory.peakBytes <= memoryLimit;
    const time = fits ? await timeSteps(gpu, config, loader, shapes) : undefined;
    return { plan: planTraining(config, imagesPerEpoch), imagesPerEpoch, shapes, memory, otherwise, memoryLimit, time };
  } finally {
    await loader.close();
  }
}

/** The batches that occur: those of the first step, and what is left over at the end of an epoch. */
function stepsOf(first: StepShapes, imagesPerEpoch: number): StepShapes[] {
  const rest = imagesPerEpoch % first.a[0];
  const [, ...imageA] = first.a;
  const [, ...imageB] = first.b;
  return rest === 0 ? [first] : [first, { a: [rest, ...imageA], b: [rest, ...imageB] }];
}

/** A software adapter's memory is the machine's, or what this process may have of it. */
function machineMemory(gpu: Gpu): number | undefined {
  if (!gpu.isCpu) return undefined;
  const constrained = process.constrainedMemory();
  return constrained ? Math.min(totalmem(), constrained) : totalmem();
}
