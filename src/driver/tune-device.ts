/** Tuning with a memory: what was measured before is recalled, what is measured now is kept. */
import type { Gpu } from "../gpu/gpu.js";
import { tune, type TuneOptions, type Tuning } from "../tune/tune.js";
import { recallTuning, rememberTuning } from "./tuning-file.js";

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
