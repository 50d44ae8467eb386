/** Counts the device memory and the arithmetic of training with the code that does the work. */
import type { Batch } from "../../data/dataset.js";
import type { ImageBatch } from "../../data/image.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { ModelDefinition, Settings } from "../../models/model.js";
import { Random } from "../../random.js";

/** Shape of a batch of images of one side. */
export type BatchShape = ImageBatch["shape"];

/** The shapes of one step's batch, by side. */
export type StepShapes = Readonly<Record<string, BatchShape>>;

/** The cost of training. Bytes are those that the engine allocates; a driver adds a few per cent. */
export interface Demand {
  /** Weights, their gradients and the optimizer's moments, in bytes. */
  readonly parameterBytes: number;
  /** Images in the full pools for the discriminators, in bytes. */
  readonly poolBytes: number;
  /** The most that is allocated at any time, in bytes. */
  readonly peakBytes: number;
  /** Floating-point operations of the first step's convolutions. */
  readonly flops: number;
}

/** Repetitions of the steps after which no new buffer is needed. */
const ROUNDS = 3;

/**
 * Rehearses training steps, so that the code that does the work also counts it.
 *
 * `steps`: the batch shapes that occur, the most common first. It needs a few hundredths of a second per step. Throws as the
 * steps would: ShapeError for sizes that do not fit, DeviceError for a tensor that is too large for the device.
 */
export async function rehearse(gpu: Gpu, definition: ModelDefinition, settings: Settings, steps: readonly StepShapes[]): Promise<Demand> {
  using rehearsal = gpu.rehearsal();
  const { poolOption } = definition;
  const pooled = poolOption === undefined ? 0 : Number(settings[poolOption]);
  // Full pools do not grow, and all images are of one size.
  const rehearsed = poolOption === undefined ? settings : { ...settings, [poolOption]: Math.min(pooled, 1) };
  const model = definition.create(rehearsal, rehearsed, new Random(0));
  const parameterBytes = rehearsal.stats.liveBytes;
  let flops: number | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    for (const shapes of steps) {
      await model.step(blank(shapes, masksOf(definition, settings)));
      flops ??= rehearsal.stats.flops;
    }
  }
  const imageBytes = Object.values(steps[0] ?? {}).reduce((sum, shape) => sum + bytesOfImage(shape), 0);
  const morePooled = imageBytes * Math.max(0, pooled - 1);
  return {
    parameterBytes,
    poolBytes: imageBytes * pooled,
    peakBytes: rehearsal.stats.peakBytes + morePooled,
    flops: flops ?? 0,
  };
}

/** A training step over a batch of these shapes, as work for `tuneDevice`. */
export function stepWork(definition: ModelDefinition, settings: Settings, shapes: StepShapes): (rehearsal: Gpu) => Promise<void> {
  return async (rehearsal) => {
    const model = definition.create(rehearsal, settings, new Random(0));
    await model.step(blank(shapes, masksOf(definition, settings)));
    model.dispose();
  };
}

/** The shapes of a batch. */
export function shapesOf(images: Batch): StepShapes {
  return Object.fromEntries(Object.entries(images).map(([side, { shape }]) => [side, shape]));
}

/** The sides whose images have masks in a training with these settings. */
function masksOf({ dataset }: ModelDefinition, { maskDir = "" }: Settings): readonly string[] {
  return maskDir === "" ? [] : (dataset.masks ?? []);
}

function blank(shapes: StepShapes, masked: readonly string[]): Batch {
  return Object.fromEntries(
    Object.entries(shapes).map(([side, shape]) => {
      const [n, h, w, c] = shape;
      return [side, { shape, data: new Float32Array(n * h * w * c), ...(masked.includes(side) && { mask: new Float32Array(n * h * w) }) }];
    }),
  );
}

function bytesOfImage([, h, w, c]: BatchShape): number {
  return 4 * h * w * c;
}
