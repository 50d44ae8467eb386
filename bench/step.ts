import type { ImageBatch } from "../src/data/image.js";
import type { Gpu } from "../src/gpu/gpu.js";
import type { CycleGANOptions } from "../src/models/cyclegan/options.js";
import { CycleGANTrainer } from "../src/models/cyclegan/trainer.js";
import { openGpu } from "../src/open-gpu.js";
import { Random } from "../src/random.js";
import { randomValues } from "./kernel-case.js";
import { medianOf } from "./measure.js";
import { stepFlops } from "./network.js";
import type { FirstStep, StepResult } from "./report.js";

/** Milliseconds to spend on the median, and how many steps that is at least and at most. */
const BUDGET = 8000;
const FEWEST_STEPS = 3;
const MOST_STEPS = 15;
/** The host's time is the shortest of so many steps, each recorded while the device rests: a neighbour only adds to it. */
const RECORDED_STEPS = 5;
/** A first step that takes longer than this, in milliseconds, is the only one. */
const MINUTES = 60_000;

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
  return { trainer, step: () => trainer.step(realA, realB) };
}

/** The first step on a device that is opened for it. */
export async function measureFirstStep(adapter: string, config: StepConfig): Promise<FirstStep> {
  const start = performance.now();
  using gpu = await openGpu({ adapter });
  const opened = performance.now();
  const { trainer, step } = trainOnNoise(gpu, config);
  await step();
  await gpu.idle();
  const done = performance.now();
  const { pipelines } = gpu.stats;
  trainer.dispose();
  return { openMilliseconds: opened - start, milliseconds: done - opened, pipelines };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Steps with images already in memory, on a device of their own; all but the first-step times, which need processes. */
export async function benchStep(adapter: string, config: StepConfig): Promise<StepResult> {
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
    samples = Math.max(FEWEST_STEPS, Math.min(MOST_STEPS, Math.floor(BUDGET / (await timed(settled)))));
    // Steps overlap as in training: each waits for the one before it, so a sample is a whole period.
    milliseconds = await medianOf(samples, () => timed(step));
    await gpu.idle();
    for (let recorded = 0; recorded < RECORDED_STEPS; recorded++) {
      hostMilliseconds = Math.min(hostMilliseconds, await recording());
    }
    before = gpu.stats;
    await settled();
  }
  const { dispatches, submits, pipelines, liveBytes, peakBytes } = gpu.stats;
  trainer.dispose();
  const { size, options } = config;
  return {
    name: stepName(config),
    milliseconds,
    samples,
    gigaflops: stepFlops({ size, ...options }, options.lambdaIdentity > 0) / (milliseconds * 1e6),
    hostMilliseconds,
    dispatches: dispatches - before.dispatches,
    submits: submits - before.submits,
    pipelines,
    liveBytes,
    peakBytes,
  };
}
