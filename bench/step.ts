import type { ImageBatch } from "../src/data/image.js";
import { defaultOptions, type CycleGANOptions } from "../src/models/cyclegan/options.js";
import { CycleGANTrainer } from "../src/models/cyclegan/trainer.js";
import { openGpu } from "../src/node.js";
import { Random } from "../src/random.js";
import { randomValues } from "./kernel-case.js";
import { medianOf } from "./measure.js";

const SIZE = 32;
const STEPS = 15;
/** The demo's networks. */
const options: CycleGANOptions = { ...defaultOptions, nBlocks: 3, ngf: 16, ndf: 16 };

export const stepName = `training step, ${options.nBlocks} blocks, ngf ${options.ngf}, at ${SIZE}²`;

export interface StepResult {
  readonly name: string;
  readonly milliseconds: number;
  /** The first step, with building the networks and compiling the pipelines; the driver may have them in a cache. */
  readonly firstMilliseconds: number;
  /** Host time to record a step, autograd included. */
  readonly hostMilliseconds: number;
  readonly dispatches: number;
  readonly submits: number;
  readonly pipelines: number;
  readonly liveBytes: number;
  readonly peakBytes: number;
}

/** Trains on noise on a device of its own: steps with the identity losses, images already in memory. */
export async function benchStep(adapter: string): Promise<StepResult> {
  using gpu = await openGpu({ adapter });
  const random = new Random(1);
  const image = (): ImageBatch => ({ shape: [1, SIZE, SIZE, 3], data: randomValues(random, SIZE * SIZE * 3) });
  const [realA, realB] = [image(), image()];
  const start = performance.now();
  const trainer = new CycleGANTrainer(gpu, options, random);
  await trainer.step(realA, realB);
  await gpu.idle();
  const firstMilliseconds = performance.now() - start;

  // Steps overlap as in training: each waits for the one before it, so a sample is a whole period.
  const milliseconds = await medianOf(STEPS, async () => {
    const begin = performance.now();
    await trainer.step(realA, realB);
    return performance.now() - begin;
  });
  const hostMilliseconds = await medianOf(STEPS, async () => {
    const begin = performance.now();
    const step = trainer.step(realA, realB);
    const recorded = performance.now() - begin;
    await step;
    await gpu.idle();
    return recorded;
  });
  const before = gpu.stats;
  await trainer.step(realA, realB);
  await gpu.idle();
  const { dispatches, submits, pipelines, liveBytes, peakBytes } = gpu.stats;
  trainer.dispose();
  return {
    name: stepName,
    milliseconds,
    firstMilliseconds,
    hostMilliseconds,
    dispatches: dispatches - before.dispatches,
    submits: submits - before.submits,
    pipelines,
    liveBytes,
    peakBytes,
  };
}
