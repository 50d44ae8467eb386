/** Measures what a device can do at best: arithmetic and bandwidth. */
import type { Gpu } from "../gpu/gpu.js";
import { Tensor } from "../tensor/tensor.js";

const THREADS = 32_768;
const FLOPS_PER_ROUND = 256; // 2 chains × 16 links × 4 lanes × 2
const COPY_BYTES = 64 * 2 ** 20;
const LONG_ENOUGH = 100; // milliseconds

/**
 * Milliseconds until the device has finished the work that `record` records. Sleeps through the first `rest` of them: Dawn's
 * Node binding polls while one of its promises is pending, which takes a core from a software adapter.
 */
async function timeOf(gpu: Gpu, record: () => void, rest: number): Promise<number> {
  const start = performance.now();
  record();
  gpu.queue.flush();
  if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
  await gpu.device.queue.onSubmittedWorkDone();
  return performance.now() - start;
}

/** Doubles the amount of work until it takes long enough to time, and returns amount per second. */
async function rateOf(gpu: Gpu, record: (amount: number) => void): Promise<number> {
  record(1);
  await gpu.idle();
  let known = 0;
  for (let amount = 1; ; amount *= 2) {
    const time = (rest: number): Promise<number> => timeOf(gpu, () => record(amount), rest);
    // The fastest of several: another process may have used the device or the processor meanwhile.
    const fastest = Math.min(await time(known), await time(known), await time(known));
    if (fastest < LONG_ENOUGH && amount < 2 ** 20) known = fastest;
    else return (1000 * amount) / Math.min(fastest, await time(0.9 * fastest), await time(0.9 * fastest));
  }
}

/** Multiply-adds in registers, two operations each: GFLOP/s. */
export async function measureArithmetic(gpu: Gpu): Promise<number> {
  using y = Tensor.untracked(gpu, [THREADS, 4], "multiply-add");
  const rounds = await rateOf(gpu, (amount) =>
    gpu.run("probe/multiply-add", { y, rounds: amount, factor: 0.5 }, { threads: THREADS }),
  );
  return (rounds * THREADS * FLOPS_PER_ROUND) / 1e9;
}

/** A copy through a kernel, bytes read plus bytes written: GB/s. */
export async function measureCopy(gpu: Gpu): Promise<number> {
  using x = Tensor.untracked(gpu, [COPY_BYTES / 4], "copy");
  using y = Tensor.untracked(gpu, [COPY_BYTES / 4], "copy");
  const size = COPY_BYTES / 16;
  const copies = await rateOf(gpu, (amount) => {
    for (let copy = 0; copy < amount; copy++) {
      gpu.run("elementwise/scale", { x, y, size, alpha: 1 }, { threads: size });
    }
  });
  return (copies * 2 * COPY_BYTES) / 1e9;
}
