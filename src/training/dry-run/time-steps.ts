/** Measures the time of a training step on images of the data set. */
import type { Batch } from "../../data/dataset.js";
import type { ImageBatch } from "../../data/image.js";
import type { Loader } from "../../data/loader.js";
import { cropTopLeft } from "../../data/pad-to-multiple.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { Model, ModelDefinition } from "../../models/model.js";
import { Random } from "../../random.js";
import type { TrainConfig } from "../../run/options.js";
import { rehearse, type BatchShape, type StepShapes } from "./rehearse.js";

/** The time of a step. */
export interface TimeEstimate {
  readonly secondsPerStep: number;
  /** Height and width of the largest images that were timed. */
  readonly measured: readonly [height: number, width: number];
  /** False if the time of the full size is computed from that of smaller ones. */
  readonly full: boolean;
}

/** Fractions of the images' sides at which steps are timed, within a total of this many seconds. */
const FRACTIONS: readonly number[] = [1 / 8, 1 / 4, 1 / 2, 1];
const PATIENCE_SECONDS = 60;
/** The first steps of a size do not count, because they compile kernels and allocate buffers. */
const WARM_UP_STEPS = 2;
/** Steps are timed until there are at least this many and they have taken at least this long. */
const LEAST_STEPS = 2;
const LEAST_SECONDS = 5;

/**
 * Times training steps on the loader's images. If the device is too slow for their full size, times smaller ones and computes
 * the time for the full size from them.
 */
export async function timeSteps(
  gpu: Gpu,
  definition: ModelDefinition,
  config: TrainConfig,
  loader: Loader,
  full: StepShapes,
): Promise<TimeEstimate> {
  const timings: Timing[] = [];
  let largest = full;
  for (const shapes of sizesToTry(definition.imageSides(config), full, config.microBatches)) {
    const { flops } = await rehearse(gpu, definition, config, [shapes]);
    if (timings.length > 0 && (WARM_UP_STEPS + LEAST_STEPS) * predictSeconds(timings, flops) > PATIENCE_SECONDS) break;
    // Pools of images of another size would refuse a batch of several.
    const model = definition.create(gpu, config, new Random(config.seed).stream("model"));
    try {
      timings.push({ flops, seconds: await timeAt(gpu, model, loader, shapes) });
    } finally {
      model.dispose();
    }
    largest = shapes;
  }
  const { flops } = await rehearse(gpu, definition, config, [full]);
  const [, height = 0, width = 0] = Object.values(largest)[0] ?? [];
  return { secondsPerStep: predictSeconds(timings, flops), measured: [height, width], full: flops === timings.at(-1)?.flops };
}

/** The full size and fractions of it that the networks accept, smallest first. Networks for images of one size are timed on fewer images, a multiple of `parts`. */
function sizesToTry({ multiple, least }: ReturnType<ModelDefinition["imageSides"]>, full: StepShapes, parts: number): StepShapes[] {
  const part = ([n, h, w, c]: BatchShape, fraction: number): BatchShape => {
    const side = (pixels: number): number => Math.ceil((pixels * fraction) / multiple) * multiple;
    const [height, width] = fraction === 1 ? [h, w] : [side(h), side(w)];
    return height === h && width === w ? [Math.ceil((n / parts) * fraction) * parts, h, w, c] : [n, height, width, c];
  };
  const sizes = FRACTIONS.map((fraction) => {
    return Object.fromEntries(Object.entries(full).map(([side, shape]) => [side, part(shape, fraction)]));
  });
  const leastOf = (shapes: StepShapes): number => Math.min(...Object.values(shapes).flatMap(([, h, w]) => [h, w]));
  return sizes.filter((shapes, index) => FRACTIONS[index] === 1 || leastOf(shapes) >= least);
}

/** Seconds per step as in training: batches are decoded meanwhile, and a step is recorded while the last one runs. */
async function timeAt(gpu: Gpu, model: Model, loader: Loader, shapes: StepShapes): Promise<number> {
  const step = async (): Promise<void> => model.step(cut((await loader.next()).images, shapes));
  // `gpu.idle` sleeps according to its last wait, so it wakes up late after a change of size.
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

function cut(images: Batch, shapes: StepShapes): Batch {
  return Object.fromEntries(
    Object.entries(images).map(([side, batch]) => {
      const [n = 0, height = 0, width = 0] = shapes[side] ?? [];
      return [side, firstImages(cropTopLeft(batch, height, width), n)];
    }),
  );
}

function firstImages({ shape: [n, h, w, c], data, mask }: ImageBatch, most: number): ImageBatch {
  const count = Math.min(n, most);
  return { shape: [count, h, w, c], data: data.subarray(0, count * h * w * c), ...(mask && { mask: mask.subarray(0, count * h * w) }) };
}

/** The measured time of a step with this many floating-point operations. */
export interface Timing {
  readonly flops: number;
  readonly seconds: number;
}

/**
 * Predicts the seconds of a step of `flops` from steps timed at smaller sizes, smallest first: the time of the largest, plus
 * the remaining operations at the rate of the last increase. Costs that do not grow with the images (Adam, the host) count once.
 */
export function predictSeconds(timings: readonly Timing[], flops: number): number {
  const last = timings.at(-1);
  if (!last) return 0;
  const before = timings.at(-2);
  const perFlop = last.seconds / last.flops;
  const increase = before ? (last.seconds - before.seconds) / (last.flops - before.flops) : perFlop;
  // Because of fixed costs, an increase is cheaper than the whole. If it is free or more expensive, that is noise.
  return last.seconds + Math.min(perFlop, Math.max(increase, perFlop / 2)) * (flops - last.flops);
}
