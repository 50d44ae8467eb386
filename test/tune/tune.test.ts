import { afterEach, beforeAll, expect, test } from "vitest";
import { noGrad } from "../../src/tensor/grad-mode.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { conv2d } from "../../src/ops/conv/conv2d.js";
import { convKey } from "../../src/ops/conv/variants.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { parseConvKey } from "../../src/tune/conv-work.js";
import { tune, tuneWork, type Stopwatch } from "../../src/tune/tune.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();

// Hardware has most variants to choose from, and none whose results differ for whole numbers.
beforeAll(() => {
  Object.defineProperty(gpu(), "isCpu", { value: false });
});
afterEach(() => {
  gpu().choices.clear();
});

const SMALL = "forward 1x8x8x16 3x3/2+1 4x4x16";
const LARGE = "forward 1x16x16x16 3x3/2+1 8x8x16";
const USUAL = "tiled";

interface Timing {
  readonly variant: string;
  readonly repeats: number;
}

/** A clock that only measurements advance, by what `milliseconds` says of a variant, and the measurements made. */
function fakeWatch(milliseconds: (variant: string) => number): Stopwatch & { readonly timings: Timing[] } {
  let now = 0;
  const timings: Timing[] = [];
  return {
    timings,
    now: () => now,
    time(_, { variant }, repeats) {
      timings.push({ variant, repeats });
      now += repeats * milliseconds(variant);
      return Promise.resolve(milliseconds(variant));
    },
  };
}

test("a key names the work it was made of", () => {
  for (const key of [SMALL, "transposed 2x9x10x8 3x4/1+2r 11x12x20", "weightGrad 1x3x3x64 4x1/1+0 1x3x4"]) {
    const work = parseConvKey(key);
    expect(work && convKey(work.pass, work.g)).toBe(key);
  }
  expect(parseConvKey("forward 1x8x8x16")).toBeUndefined();
  expect(parseConvKey(`sideways ${SMALL}`)).toBeUndefined();
});

test("the fastest variant is taken, after rounds by turns", async () => {
  const watch = fakeWatch((variant) => (variant === "tiled/64x64" ? 10 : 15));
  const { measured, unfinished } = await tuneWork(gpu(), [SMALL], {}, watch);
  expect(measured.get(SMALL)?.variant).toBe("tiled/64x64");
  expect(measured.get(SMALL)?.times).toMatchObject({ tiled: 15, direct: 15, "tiled/64x64": 10 });
  expect(gpu().choices.get(SMALL)).toBe("tiled/64x64");
  expect(unfinished).toEqual([]);
  const variants = watch.timings.map(({ variant }) => variant);
  const candidates = [...new Set(variants)];
  expect(candidates[0]).toBe(USUAL);
  // One that compiles, one that tells the time, three that count.
  expect(variants).toEqual([candidates, candidates, candidates, candidates, candidates].flat());
});

test("short work is repeated, until a sample takes 5 ms", async () => {
  const watch = fakeWatch((variant) => (variant === "direct" ? 0.25 : 0.4));
  await tuneWork(gpu(), [SMALL], {}, watch);
  expect(watch.timings.filter(({ variant }) => variant === "direct").map(({ repeats }) => repeats)).toEqual([1, 1, 20, 20, 20]);
});

test("a variant that is hardly faster than the usual one does not take its place", async () => {
  const { measured } = await tuneWork(gpu(), [SMALL], {}, fakeWatch((variant) => (variant === USUAL ? 10 : 9.7)));
  expect(measured.get(SMALL)?.variant).toBe(USUAL);
});

test("a variant twice as slow as the best is measured no further", async () => {
  const watch = fakeWatch((variant) => (variant === "direct" ? 21 : 10));
  await tuneWork(gpu(), [SMALL], {}, watch);
  const count = (name: string): number => watch.timings.filter(({ variant }) => variant === name).length;
  expect([count("direct"), count(USUAL)]).toEqual([3, 5]);
});

test("the heaviest work comes first, and no measurement begins when the time is over", async () => {
  const all = fakeWatch(() => 100);
  await tuneWork(gpu(), [LARGE], { seconds: 1000 }, all);
  gpu().choices.clear();
  const [needed, each] = [all.now() / 1000, 0.1];
  const watch = fakeWatch(() => 100);
  const { measured, unfinished, seconds } = await tuneWork(gpu(), [SMALL, LARGE], { seconds: needed + 2 * each }, watch);
  expect([...measured.keys()]).toEqual([LARGE]);
  expect(unfinished).toEqual([SMALL]);
  expect(gpu().choices.has(SMALL)).toBe(false);
  expect(seconds).toBeCloseTo(needed + 2 * each, 9);
});

test("nothing is measured once the signal is aborted, and what has a choice never is", async () => {
  const watch = fakeWatch(() => 1);
  const aborted = await tuneWork(gpu(), [SMALL], { signal: AbortSignal.abort() }, watch);
  expect(aborted.unfinished).toEqual([SMALL]);
  gpu().choices.set(SMALL, "direct");
  const known = await tuneWork(gpu(), [SMALL], {}, watch);
  expect({ measured: known.measured.size, unfinished: known.unfinished }).toEqual({ measured: 0, unfinished: [] });
  expect(watch.timings).toEqual([]);
  expect(gpu().choices.get(SMALL)).toBe("direct");
});

/** Whole numbers, whose sums float32 holds exactly in any order. */
async function convolve(device: Gpu): Promise<Float32Array> {
  using _scope = device.scope("convolution");
  const values = (size: number): Float32Array => Float32Array.from({ length: size }, (_, i) => ((i * 37) % 11) - 5);
  const x = Tensor.from(device, [1, 8, 8, 16], values(1024), "x");
  const weight = Tensor.from(device, [3, 3, 16, 16], values(2304), "weight");
  const y = noGrad(() => conv2d(x, weight, undefined, { stride: 2, padding: 1 }));
  return device.isRehearsal ? new Float32Array() : y.data();
}

test("results stay the same whichever variant wins, and no memory is left behind", async () => {
  const device = gpu();
  const before = await convolve(device);
  const held = device.stats.liveBytes;
  for (const fastest of ["tiled", "direct", "tiled/32x32", "tiled/128x64"]) {
    device.choices.clear();
    await tuneWork(device, [SMALL], {}, fakeWatch((variant) => (variant === fastest ? 1 : 2)));
    expect(device.choices.get(SMALL)).toBe(fastest);
    expect(device.stats.liveBytes).toBe(held);
    expect(await convolve(device)).toEqual(before);
  }
});

test("work is found by going through it on a device that does nothing, and measured on the real one", async () => {
  const device = gpu();
  const dispatches = device.stats.dispatches;
  const { measured } = await tune(device, async (rehearsal) => {
    expect(rehearsal.isRehearsal).toBe(true);
    await convolve(rehearsal);
    expect(device.stats.dispatches).toBe(dispatches);
  });
  expect([...measured.keys()]).toEqual([SMALL]);
  const { variant = "", times = {} } = measured.get(SMALL) ?? {};
  expect(times[variant]).toBeGreaterThan(0);
  expect(device.stats.dispatches).toBeGreaterThan(dispatches);
});

test("releases nothing that others make while it waits", async () => {
  const device = gpu();
  const made: Tensor[] = [];
  const watch = fakeWatch(() => 1);
  await tuneWork(device, [SMALL], {}, {
    now: () => watch.now(),
    async time(...timed) {
      await device.idle();
      made.push(Tensor.zeros(device, [1]));
      return watch.time(...timed);
    },
  });
  expect(made.filter(({ released }) => released)).toEqual([]);
  expect(made.length).toBeGreaterThan(0);
  for (const tensor of made) tensor.release();
});
