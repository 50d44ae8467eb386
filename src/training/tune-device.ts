import { recallTuning, rememberTuning } from "../driver/tuning-file.js";
import type { ImageBatch } from "../data/image.js";
import type { Gpu } from "../gpu/gpu.js";
import type { CycleGANOptions } from "../models/cyclegan/options.js";
import { CycleGANTrainer } from "../models/cyclegan/trainer.js";
import { Random } from "../random.js";
import { tune, type TuneOptions, type Tuning } from "../tune/tune.js";
import type { StepShapes } from "./dry-run/rehearse.js";

/**
 * Lets the device take the fastest kernel variants for some work: those measured before, and others after a measurement,
 * which is kept. `onMessage` hears what was done, and warnings.
 */
export async function tuneDevice(
  gpu: Gpu,
  work: (rehearsal: Gpu) => unknown,
  onMessage: (text: string) => void,
  options: TuneOptions = {},
): Promise<Tuning> {
  await recallTuning(gpu, onMessage);
  const tuning = await tune(gpu, work, options);
  await rememberTuning(gpu, tuning.measured, onMessage);
  const { measured, unfinished, seconds } = tuning;
  if (measured.size > 0) onMessage(`Tuned ${measured.size} kinds of kernel work in ${seconds.toFixed(1)} s.`);
  if (unfinished.length > 0) {
    onMessage(`The time ended before ${unfinished.length} more; "cyclegan tune" gives them time.`);
  }
  return tuning;
}

/** A training step over batches of these shapes, for `tune`. */
export function stepWork(options: CycleGANOptions, { a, b }: StepShapes): (rehearsal: Gpu) => Promise<void> {
  const zeros = (shape: ImageBatch["shape"]): ImageBatch => {
    return { shape, data: new Float32Array(shape.reduce((size, extent) => size * extent)) };
  };
  return async (rehearsal) => {
    const trainer = new CycleGANTrainer(rehearsal, options, new Random(0));
    await trainer.step(zeros(a), zeros(b));
    trainer.dispose();
  };
}
