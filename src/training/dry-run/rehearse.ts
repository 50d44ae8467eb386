import type { ImageBatch } from "../../data/image.js";
import type { Gpu } from "../../gpu/gpu.js";
import type { CycleGANOptions } from "../../models/cyclegan/options.js";
import { CycleGANTrainer } from "../../models/cyclegan/trainer.js";
import { Random } from "../../random.js";

/** Shape of a batch of images of one domain. */
export type BatchShape = ImageBatch["shape"];

/** The batches of one step. */
export interface StepShapes {
  readonly a: BatchShape;
  readonly b: BatchShape;
}

/** What training takes. Bytes are those that the engine allocates; a driver adds its own, a few per cent. */
export interface Demand {
  /** Weights, their gradients and both moments of Adam, in bytes. */
  readonly parameterBytes: number;
  /** Images remembered for the discriminators once both pools are full, in bytes. */
  readonly poolBytes: number;
  /** All there is at the worst moment, in bytes. */
  readonly peakBytes: number;
  /** Floating-point operations of the first step's convolutions. */
  readonly flops: number;
}

/** Rounds of the steps after which no buffer is new. */
const ROUNDS = 3;

/**
 * Goes through training steps without doing them, so that what they take is counted by the code that takes it.
 *
 * `steps`: the batch sizes that occur, the most common first. Takes some hundredths of a second a step. Throws as the
 * steps would: ShapeError for sizes that do not fit, DeviceError for a tensor that the device cannot hold.
 */
export async function rehearse(gpu: Gpu, options: CycleGANOptions, steps: readonly StepShapes[]): Promise<Demand> {
  using rehearsal = gpu.rehearsal();
  // Once the pools are full they stay as they are, and one more image takes as much as any.
  const trainer = new CycleGANTrainer(rehearsal, { ...options, poolSize: Math.min(options.poolSize, 1) }, new Random(0));
  const parameterBytes = rehearsal.stats.liveBytes;
  let flops: number | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    for (const { a, b } of steps) {
      await trainer.step(zeros(a), zeros(b));
      flops ??= rehearsal.stats.flops;
    }
  }
  const imageBytes = steps[0] ? bytesOfImage(steps[0].a) + bytesOfImage(steps[0].b) : 0;
  const morePooled = imageBytes * Math.max(0, options.poolSize - 1);
  return {
    parameterBytes,
    poolBytes: imageBytes * options.poolSize,
    peakBytes: rehearsal.stats.peakBytes + morePooled,
    flops: flops ?? 0,
  };
}

function zeros(shape: BatchShape): ImageBatch {
  const [n, h, w, c] = shape;
  return { shape, data: new Float32Array(n * h * w * c) };
}

function bytesOfImage([, h, w, c]: BatchShape): number {
  return 4 * h * w * c;
}
