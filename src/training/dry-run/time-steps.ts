import type { ImageBatch } from "../../data/image.js";
import type { Loader } from "../../data/loader.js";
import { cropTopLeft } from "../../data/pad-to-multiple.js";
import type { Gpu } from "../../gpu/gpu.js";
import { GENERATOR_MULTIPLE } from "../../models/networks/resnet.js";
import { CycleGANTrainer } from "../../models/cyclegan/trainer.js";
import { Random } from "../../random.js";
import { smallestCrop } from "../check-config.js";
import type { TrainConfig } from "../config.js";
import { predictSeconds, type Timing } from "./predict-seconds.js";
import { rehearse, type BatchShape, type StepShapes } from "./rehearse.js";

/** How long a step takes. */
export interface TimeEstimate {
  readonly secondsPerStep: number;
  /** Height and width of the largest images that were timed. */
  readonly measured: readonly [height: number, width: number];
  /** False where the time of the full size is computed from that of smaller ones. */
  readonly full: boolean;
}

/** Parts of the images' sides at which steps are timed, as long as they take no longer than all these seconds together. */
const FRACTIONS: readonly number[] = [1 / 8, 1 / 4, 1 / 2, 1];
const PATIENCE_SECONDS = 60;
/** The first steps of a size do not count: they compile, and find no buffers yet. */
const WARM_UP_STEPS = 2;
/** Steps are timed until there are so many and they took so long. */
const LEAST_STEPS = 2;
const LEAST_SECONDS = 5;

/**
 * Times real training steps on the loader's images: at their size where the device is fast enough to try, else at
 * smaller ones, from which the time of the full size is computed.
 */
export async function timeSteps(gpu: Gpu, config: TrainConfig, loader: Loader, full: StepShapes): Promise<TimeEstimate> {
  const trainer = new CycleGANTrainer(gpu, config, new Random(config.seed).stream("model"));
  try {
    const timings: Timing[] = [];
    let largest = full;
    for (const shapes of sizesToTry(config, full)) {
      const { flops } = await rehearse(gpu, config, [shapes]);
      if (timings.length > 0 && (WARM_UP_STEPS + LEAST_STEPS) * predictSeconds(timings, flops) > PATIENCE_SECONDS) break;
      timings.push({ flops, seconds: await timeAt(gpu, trainer, loader, shapes) });
      largest = shapes;
    }
    const { flops } = await rehearse(gpu, config, [full]);
    const [, height, width] = largest.a;
    return { secondsPerStep: predictSeconds(timings, flops), measured: [height, width], full: flops === timings.at(-1)?.flops };
  } finally {
    trainer.dispose();
  }
}

/** The full size and fractions of it that the networks can take, smallest first. */
function sizesToTry(config: TrainConfig, full: StepShapes): StepShapes[] {
  const part = ([n, h, w, c]: BatchShape, fraction: number): BatchShape => {
    const side = (pixels: number): number => Math.ceil((pixels * fraction) / GENERATOR_MULTIPLE) * GENERATOR_MULTIPLE;
    return fraction === 1 ? [n, h, w, c] : [n, side(h), side(w), c];
  };
  return FRACTIONS.map((fraction) => ({ fraction, a: part(full.a, fraction), b: part(full.b, fraction) })).filter(
    ({ fraction, a, b }) => fraction === 1 || Math.min(a[1], a[2], b[1], b[2]) >= smallestCrop(config),
  );
}

/** Seconds a step takes, as in training: batches are decoded meanwhile, and a step is recorded while the last one runs. */
async function timeAt(gpu: Gpu, trainer: CycleGANTrainer, loader: Loader, { a, b }: StepShapes): Promise<number> {
  const step = async (): Promise<void> => {
    const batch = await loader.next();
    await trainer.step(cut(batch.a, a), cut(batch.b, b));
  };
  // `gpu.idle` sleeps by what it waited last, and so wakes late after a change.
  const { queue } = gpu.device;
  for (let count = 0; count < WARM_UP_STEPS; count++) await step();
  await queue.onSubmittedWorkDone();
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  let steps = 0;
  do {
    await step();
    steps++;
  } while (steps < LEAST_STEPS || elapsed() < LEAST_SECONDS);
  await queue.onSubmittedWorkDone();
  const seconds = elapsed() / steps;
  await gpu.idle();
  return seconds;
}

function cut(batch: ImageBatch, [, height, width]: BatchShape): ImageBatch {
  return cropTopLeft(batch, height, width);
}
