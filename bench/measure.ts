import { setTimeout } from "node:timers/promises";
import { Bench } from "tinybench";
import type { Gpu } from "../src/gpu/gpu.js";

/** A sample repeats its work until it takes this long, so that the wait for the device does not show. Milliseconds. */
const SAMPLE = 30;
const SAMPLES = 5;
/** The part of the shortest time seen that is slept through; polling costs less than a factor of two. */
const PATIENCE = 0.5;

/** The median of what `sample` returns, in its unit, after one call that does not count. */
export async function medianOf(samples: number, sample: () => Promise<number>): Promise<number> {
  const bench = new Bench({ iterations: samples, time: 0, warmupIterations: 1, warmupTime: 0, throws: true });
  bench.add("sample", async () => ({ overriddenDuration: await sample() }));
  const [task] = await bench.run();
  return task?.result && "latency" in task.result ? task.result.latency.p50 : Number.NaN;
}

/** Milliseconds on the device for what `record` records, its result awaited once a sample. */
export async function medianMilliseconds(gpu: Gpu, record: () => void): Promise<number> {
  let shortest = 0;
  const timeOf = async (repeats: number): Promise<number> => {
    const start = performance.now();
    for (let repeat = 0; repeat < repeats; repeat++) record();
    gpu.queue.flush();
    // Dawn polls while it waits, which takes a core from a CPU adapter: sleep through the time it needs at least.
    await setTimeout(PATIENCE * shortest * repeats);
    await gpu.device.queue.onSubmittedWorkDone();
    const each = (performance.now() - start) / repeats;
    shortest = Math.min(shortest || each, each);
    return each;
  };
  let repeats = 1;
  while ((await timeOf(repeats)) * repeats < SAMPLE) repeats *= 2;
  return medianOf(SAMPLES, () => timeOf(repeats));
}
