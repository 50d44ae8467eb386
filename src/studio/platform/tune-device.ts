/** Replaces src/driver/tune-device.ts: measurements are not kept for other runs. */
import type { Gpu } from "../../gpu/gpu.js";
import { tune, type Tuning } from "../../tune/tune.js";

export function tuneDevice(gpu: Gpu, work: (rehearsal: Gpu) => unknown): Promise<Tuning> {
  return tune(gpu, work);
}
