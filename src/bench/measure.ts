/** Times work on the device. */
import type { Gpu } from "../gpu/gpu.js";
import { median } from "../tune/median.js";
import type { Arm } from "./kernel-case.js";

/** A sample repeats its work until it takes this long, so that waiting for the device does not count. Milliseconds. */
const SAMPLE = 30;
const SAMPLES = 5;
/** Work that takes longer than this, in milliseconds, is timed less often. */
const SLOW = 1000;
const SLOW_SAMPLES = 3;
/** Limit of the memory that the armed repeats of a sample hold, in bytes. */
const ARMED_BYTES = 2 ** 30;
/** The part of the shortest time seen that is slept through; polling costs less than a factor of two. */
const PATIENCE = 0.5;

/** The median of what `sample` returns, after `warmup` calls that do not count. */
export async function medianOf(samples: number, sample: () => Promise<number>, warmup = 1): Promise<number> {
  for (let count = 0; count < warmup; count++) await sample();
  const values: number[] = [];
  for (let count = 0; count < samples; count++) values.push(await sample());
  return median(values);
}

/** Milliseconds on the device for one run of the armed work. Each sample waits once, at its end. `bytes`: what each run holds. */
export async function medianMilliseconds(gpu: Gpu, arm: Arm, bytes: number): Promise<number> {
  const timeOf = async (repeats: number, rest: number): Promise<number> => {
    using armed = gpu.scope("armed");
    const works = Array.from({ length: repeats }, arm);
    armed.seal();
    gpu.queue.flush();
    await gpu.device.queue.onSubmittedWorkDone();
    const start = performance.now();
    using sample = gpu.scope("sample");
    for (const work of works) work().release();
    sample.seal();
    gpu.queue.flush();
    // Dawn polls while it waits, which takes a core from a CPU adapter, so sleep through the time that it needs at least.
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    await gpu.device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / repeats;
  };
  const most = Math.max(1, Math.floor(ARMED_BYTES / bytes));
  let repeats = 1;
  // The faster of two: other work on the machine must not end the search.
  const fastest = async (): Promise<number> => {
    const first = await timeOf(repeats, 0);
    return first > SLOW ? first : Math.min(first, await timeOf(repeats, 0));
  };
  let known = await fastest();
  while (known * repeats < SAMPLE && 2 * repeats <= most) {
    repeats *= 2;
    known = await fastest();
  }
  const samples = known > SLOW ? SLOW_SAMPLES : SAMPLES;
  return medianOf(samples, () => timeOf(repeats, PATIENCE * known * repeats), 0);
}
