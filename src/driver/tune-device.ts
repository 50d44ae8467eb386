/** Tunes a device: uses earlier measurements, measures the rest, and stores the results. */
import type { Gpu } from "../gpu/gpu.js";
import { tune, type TuneOptions, type Tuning } from "../tune/tune.js";
import { recallTuning, rememberTuning } from "./tuning-file.js";

/**
 * Selects the fastest kernel variants for some work: those measured before, and others by measuring now. The results are
 * stored. `onMessage` receives progress and warnings.
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
    onMessage(`Time ran out before ${unfinished.length} more were measured. "cyclegan tune" has more time.`);
  }
  return tuning;
}
