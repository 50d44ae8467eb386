/** Dry runs: the memory and time that a training would need. */
import { datasetAt, describeImages } from "../../data/image-folder.js";
import { machineMemory } from "../../driver/machine-memory.js";
import { tuneDevice } from "../../driver/tune-device.js";
import { openGpu } from "../../open-gpu.js";
import { Random } from "../../random.js";
import { modelOf, type TrainConfig } from "../../run/options.js";
import { checkTraining } from "../checks.js";
import { openLoader } from "../images.js";
import { planTraining, type TrainPlan } from "../plan.js";
import { rehearse, shapesOf, stepWork, type BatchShape, type Demand, type StepShapes } from "./rehearse.js";
import { timeSteps, type TimeEstimate } from "./time-steps.js";

/** The cost of a training. */
export interface DryRun {
  readonly plan: TrainPlan;
  readonly imagesPerEpoch: number;
  /** The batch shapes of the first step. If images are cropped, all steps have these. */
  readonly shapes: StepShapes;
  readonly memory: Demand;
  /** The cost with the opposite of `checkpointActivations`; absent if the model has no such option. */
  readonly otherwise: Demand | undefined;
  /** Available bytes: as given, or all of the machine's for a software adapter; undefined if unknown. */
  readonly memoryLimit: number | undefined;
  /** Absent if the memory would not be enough. */
  readonly time: TimeEstimate | undefined;
}

export interface DryRunHooks {
  /** Device memory in bytes. WebGPU does not say how much a device has. */
  readonly memoryLimit?: number;
  /** Warnings, a line each. */
  readonly onMessage?: (text: string) => void;
}

/**
 * Finds the memory and time that a training needs, without training and without making a run.
 *
 * Memory is counted in a rehearsal of steps, and time is measured on a few real ones. Throws what `train` throws before its
 * first step.
 */
export async function dryRun(config: TrainConfig, hooks: DryRunHooks = {}): Promise<DryRun> {
  checkTraining(config);
  const definition = modelOf(config);
  hooks.onMessage?.(describeImages(datasetAt(definition.dataset, config), config, "train"));
  using gpu = await openGpu({ adapter: config.adapter });
  const { onMessage: onWarning } = hooks;
  const loader = openLoader(config, new Random(config.seed).stream("data"), onWarning ? { onWarning } : {});
  try {
    const { imagesPerEpoch } = loader;
    const shapes = shapesOf((await loader.next()).images);
    if (config.tune) await tuneDevice(gpu, stepWork(definition, config, shapes), hooks.onMessage ?? (() => {}));
    const steps = config.microBatches > 1 ? [shapes] : stepsOf(shapes, imagesPerEpoch);
    const memory = await rehearse(gpu, definition, config, steps);
    const { checkpointActivations } = config;
    const otherwise =
      typeof checkpointActivations === "boolean"
        ? await rehearse(gpu, definition, { ...config, checkpointActivations: !checkpointActivations }, steps)
        : undefined;
    const memoryLimit = hooks.memoryLimit ?? machineMemory(gpu);
    const fits = memoryLimit === undefined || memory.peakBytes <= memoryLimit;
    const time = fits ? await timeSteps(gpu, definition, config, loader, shapes) : undefined;
    return { plan: planTraining(config, imagesPerEpoch), imagesPerEpoch, shapes, memory, otherwise, memoryLimit, time };
  } finally {
    await loader.close();
  }
}

/** The batch shapes that occur: those of the first step, and the smaller ones at the end of an epoch. */
function stepsOf(first: StepShapes, imagesPerEpoch: number): StepShapes[] {
  const rest = imagesPerEpoch % (Object.values(first)[0]?.[0] ?? 1);
  const leftOver = ([, ...image]: BatchShape): BatchShape => [rest, ...image];
  return rest === 0 ? [first] : [first, Object.fromEntries(Object.entries(first).map(([side, shape]) => [side, leftOver(shape)]))];
}
