import type { Gpu } from "../src/gpu/gpu.js";
import { Tensor } from "../src/tensor/tensor.js";
import { medianOf } from "../src/bench/measure.js";

/** Less than one batch of the queue, so that no submit is timed. */
const DISPATCHES = 400;
const BATCHES = 50;
const SIZE = 16;

export const dispatchName = "host cost of a dispatch";

/** Measures the host time, in microseconds, to record one dispatch of a warm kernel whose bind group is cached. */
export async function benchDispatch(gpu: Gpu): Promise<number> {
  using scope = gpu.scope(dispatchName);
  const x = Tensor.zeros(gpu, [SIZE], scope.name);
  const y = Tensor.zeros(gpu, [SIZE], scope.name);
  const batch = async (): Promise<number> => {
    const start = performance.now();
    for (let dispatch = 0; dispatch < DISPATCHES; dispatch++) {
      gpu.run("elementwise/scale", { x, y, size: SIZE / 4, alpha: 1 }, { threads: SIZE / 4 });
    }
    const milliseconds = performance.now() - start;
    await gpu.idle();
    return (milliseconds * 1000) / DISPATCHES;
  };
  // Await here: the scope ends with this function.
  return await medianOf(BATCHES, batch);
}
