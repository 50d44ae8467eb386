/** Times a training step. */
import type { ImageBatch } from "../data/image.js";
import type { Gpu } from "../gpu/gpu.js";
import type { CycleGANOptions } from "../models/cyclegan/options.js";
import { CycleGANTrainer } from "../models/cyclegan/trainer.js";
import { Random } from "../random.js";
import { randomValues } from "./kernel-case.js";
import { medianOf } from "./measure.js";
import { stepFlops } from "./network.js";
import type { StepResult } from "./report.js";

/** Limits of the number of steps in the median. */
const FEWEST_STEPS = 3;
const MOST_STEPS = 15;
/** If the first step takes longer than this, in milliseconds, it is the only one. */
const MINUTES = 60_000;

/** The effort spent on the figures of a step. */
export interface StepEffort {
  /** Time to spend on the median. */
  readonly milliseconds: number;
  /**
   * The host's time is the shortest of this many steps, each recorded while the device is idle: other processes only add to
   * it.
   */
  readonly recordedSteps: number;
}

const THOROUGH: StepEffort = { milliseconds: 8000, recordedSteps: 5 };

/** The least number of steps: the first, one to settle, one to warm up, the samples, the recorded ones, the counted one. */
export function leastSteps({ recordedSteps }: StepEffort): number {
  return 3 + FEWEST_STEPS + recordedSteps + 1;
}

export interface StepConfig {
  /** Side of the images, in pixels. */
  readonly size: number;
  readonly options: CycleGANOptions;
}

export function stepName({ size, options }: StepConfig): string {
  return `training step, ${options.nBlocks} blocks, ngf ${options.ngf}, at ${size}²`;
}

/** A trainer with a batch of noise for each domain. */
export interface NoiseTraining {
  readonly trainer: CycleGANTrainer;
  /** Makes one step. Resolves once the device has at most this step left to do. */
  readonly step: () => Promise<void>;
}

export function trainOnNoise(gpu: Gpu, { size, options }: StepConfig, batch = 1): NoiseTraining {
  const random = new Random(1);
  const shape = [batch, size, size, 3] as const;
  const image = (domain: string): ImageBatch => ({ shape, data: randomValues(random.stream(domain), batch * size ** 2 * 3) });
  const [realA, realB] = [image("A"), image("B")];
  const trainer = new CycleGANTrainer(gpu, options, random);
  return { trainer, step: () => trainer.step({ A: realA, B: realB }) };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Operations of a step's convolutions, in GFLOP. */
export function stepGigaflops({ size, options }: StepConfig): number {
  return stepFlops({ size, ...options }, options.lambdaIdentity > 0) / 1e9;
}

/** The figures of a step on noise, on a device of its own. */
export async function benchStep(open: () => Promise<Gpu>, config: StepConfig, effort = THOROUGH): Promise<StepResult> {
  using gpu = await open();
  const { trainer, step } = trainOnNoise(gpu, config);
  const settled = async (): Promise<void> => {
    await step();
    await gpu.idle();
  };
  const recording = async (): Promise<number> => {
    const start = performance.now();
    const stepping = step();
    const recorded = performance.now() - start;
    await stepping;
    await gpu.idle();
    return recorded;
  };
  let before = gpu.stats;
  let hostMilliseconds = 0;
  const first = await timed(async () => {
    hostMilliseconds = await recording();
  });
  let [milliseconds, samples] = [first, 1];
  if (first < MINUTES) {
    samples = Math.max(FEWEST_STEPS, Math.min(MOST_STEPS, Math.floor(effort.milliseconds / (await timed(settled)))));
    // Steps overlap as in training: each waits for the one before it, so a sample is a whole period.
    milliseconds = await medianOf(samples, () => timed(step));
    await gpu.idle();
    for (let recorded = 0; recorded < effort.recordedSteps; recorded++) {
      hostMilliseconds = Math.min(hostMilliseconds, await recording());
    }
    before = gpu.stats;
    await settled();
  }
  const { dispatches, submits, pipelines, liveBytes, peakBytes } = gpu.stats;
  trainer.dispose();
  return {
    name: stepName(config),
    milliseconds,
    samples,
    gigaflops: (1000 * stepGigaflops(config)) / milliseconds,
    hostMilliseconds,
    dispatches: dispatches - before.dispatches,
    submits: submits - before.submits,
    pipelines,
    liveBytes,
    peakBytes,
  };
}
