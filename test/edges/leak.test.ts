import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { defaultOptions } from "../../src/models/cyclegan/options.js";
import { CycleGANTrainer } from "../../src/models/cyclegan/trainer.js";
import { Random } from "../../src/random.js";
import { useGpu } from "../support/device.js";

/** A step takes 70 ms on two busy cores, so the 1,000 that continuous integration runs are too many for every day. */
const steps = Number(process.env["LEAK_STEPS"] ?? 150);
/** Steps after which every size, pipeline and bind group has been met, and the image pools are full. */
const warmUp = 100;
/** Bytes by which V8's own caches and code vary after the warm-up. A step makes some 336 dispatches, so 50 make 16,800. */
const heapNoise = 1.5 * 2 ** 20;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const gpu = useGpu();

interface Held {
  readonly live: number;
  readonly allocated: number;
  readonly pipelines: number;
  readonly heap: number;
}

async function held(): Promise<Held> {
  await gpu().idle();
  const { liveBytes: live, pipelines } = gpu().stats;
  return { live, allocated: gpu().pool.allocatedBytes, pipelines, heap: heapBytes() };
}

it(`${steps} steps of training leave device memory and heap as they were`, { timeout: 600_000 }, async () => {
  const random = new Random(1);
  const small = { ngf: 4, ndf: 4, nBlocks: 1, netD: "n_layers", nLayersD: 1, poolSize: 4 } as const;
  const before = gpu().stats.liveBytes;
  const trainer = new CycleGANTrainer(gpu(), { ...defaultOptions, ...small }, random.stream("model"));
  const data = Float32Array.from({ length: 8 * 8 * 3 }, () => 2 * random.uniform() - 1);
  const image = { shape: [1, 8, 8, 3], data } as const;
  const train = async (count: number): Promise<Held> => {
    for (let step = 0; step < count; step++) await trainer.step({ A: image, B: image });
    return held();
  };
  const { heap, ...start } = await train(warmUp);
  for (let done = warmUp; done < steps; done += 100) {
    const { heap: heapNow, ...now } = await train(Math.min(100, steps - done));
    expect(now).toEqual(start);
    expect(heapNow - heap).toBeLessThan(heapNoise);
  }
  trainer.dispose();
  expect(gpu().stats.liveBytes).toBe(before);
});
