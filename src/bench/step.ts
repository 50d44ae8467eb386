import type { ImageBatch } from "../data/image.js";
import type { Gpu } from "../gpu/gpu.js";
import type { CycleGANOptions } from "../models/cyclegan/options.js";
import { CycleGANTrainer } from "../models/cyclegan/trainer.js";
import { openGpu } from "../open-gpu.js";
import { Random } from "../random.js";
import { randomValues } from "./kernel-case.js";
import { medianOf } from "./measure.js";
import { stepFlops } from "./network.js";
import type { StepResult } from "./report.js";

/** How many steps make the median, whatever may be spent on it. */
const FEWEST_STEPS = 3;
const MOST_STEPS = 15;
/** A first step that takes longer than this, in milliseconds, is the only one. */
const MINUTES = 60_000;

/** How much is done for a step's figures. */
export interface StepEffort {
  /** To spend on the median. */
  readonly milliseconds: number;
  /** The host's time is the shortest of this many, each recorded while the device rests: a neighbour only adds to it. */
  readonly recordedSteps: number;
}

const THOROUGH: StepEffort = { milliseconds: 8000, recordedSteps: 5 };

/** How many steps are done at least: the first, one that settles, one that warms up, the samples, those recorded, the counted. */
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
  /** One step; resolves when the device has at most this one left to do. */
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

/** Steps with images already in memory, on a device of their own. */
export async function benchStep(adapter: string, config: StepConfig, effort = THOROUGH): Promise<StepResult> {
  using gpu = await openGpu({ adapter });
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
