/** The tuner: measures which kernel variants are fastest on a device. */
import type { Gpu } from "../gpu/gpu.js";
import { candidatesFor, parseConvKey, type Candidate, type ConvWork } from "./conv-work.js";
import { median } from "./median.js";

/** What was measured for a piece of work. */
export interface Measurement {
  /** The variant to use. */
  readonly variant: string;
  /** Median milliseconds of each variant, the default first. Hopeless variants have fewer runs. */
  readonly times: Readonly<Record<string, number>>;
}

/** The result of a tuning. */
export interface Tuning {
  /** Measurements by the name of the work. */
  readonly measured: ReadonlyMap<string, Measurement>;
  /** Work for which there was no time left. It keeps its default variants. */
  readonly unfinished: readonly string[];
  readonly seconds: number;
}

export interface TuneOptions {
  /** No measurement begins after this many seconds, default 20. */
  readonly seconds?: number;
  /** No measurement begins once this is aborted. */
  readonly signal?: AbortSignal;
}

/** A source of times. */
export interface Stopwatch {
  /** Milliseconds since a fixed moment. */
  now(): number;
  /** Milliseconds of one run, averaged over `repeats` runs, with nothing else on the device. */
  time(gpu: Gpu, candidate: Candidate, repeats: number): Promise<number>;
}

const DEFAULT_SECONDS = 20;
/** Samples of each variant, of which the median counts. */
const ROUNDS = 3;
/** A variant that is slower than the best by more than this factor is not measured again. */
const HOPELESS = 2;
/** A variant must be faster than the default by this factor to replace it, so that noise does not decide. */
const GAIN = 1.05;
/** A sample repeats its work until it takes this many milliseconds, but at most MOST_REPEATS times, so that the wait at its end does not show. */
const SAMPLE = 5;
const MOST_REPEATS = 64;

const stopwatch: Stopwatch = {
  now: () => performance.now(),
  async time(gpu, { run }, repeats) {
    const start = performance.now();
    for (let repeat = 0; repeat < repeats; repeat++) run();
    gpu.queue.flush();
    await gpu.device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / repeats;
  },
};

/**
 * Measures the kernel variants for some work on this device, and uses the fastest ones from then on.
 *
 * `work` gets a device that computes nothing, and goes through the real work once there: a `trainer.step` or a `forward`, in
 * its full size. The heaviest work is measured first; work that has a choice already is not measured. Results change within
 * the rounding of the variants. Without tuning, the same program uses the same variants in every run.
 *
 * Throws DeviceError when the device fails, and whatever `work` throws.
 */
export async function tune(gpu: Gpu, work: (rehearsal: Gpu) => unknown, options: TuneOptions = {}): Promise<Tuning> {
  return tuneWork(gpu, await workOf(gpu, work), options, stopwatch);
}

/** The names of the pieces that `work` consists of. */
async function workOf(gpu: Gpu, work: (rehearsal: Gpu) => unknown): Promise<ReadonlySet<string>> {
  using rehearsal = gpu.rehearsal();
  await work(rehearsal);
  return rehearsal.choices.asked;
}

/** `tune` for work by name, with times from `watch`. */
export async function tuneWork(
  gpu: Gpu,
  keys: Iterable<string>,
  { seconds = DEFAULT_SECONDS, signal }: TuneOptions,
  watch: Stopwatch,
): Promise<Tuning> {
  const start = watch.now();
  const isOver = (): boolean => (signal?.aborted ?? false) || watch.now() - start >= 1000 * seconds;
  const works = [...keys].filter((key) => !gpu.choices.has(key)).flatMap((key) => parseConvKey(key) ?? []);
  const measured = new Map<string, Measurement>();
  const unfinished: string[] = [];
  await gpu.idle();
  for (const work of works.toSorted((a, b) => b.flops - a.flops)) {
    const found = isOver() ? undefined : await measure(gpu, work, isOver, watch);
    if (found) {
      measured.set(work.key, found);
      gpu.choices.set(work.key, found.variant);
    } else unfinished.push(work.key);
  }
  return { measured, unfinished, seconds: (watch.now() - start) / 1000 };
}

/** Undefined if the time is over first. */
async function measure(gpu: Gpu, work: ConvWork, isOver: () => boolean, watch: Stopwatch): Promise<Measurement | undefined> {
  try {
    using scope = gpu.scope(work.key);
    const candidates = candidatesFor(gpu, work);
    scope.seal();
    return await race(gpu, candidates, isOver, watch);
  } finally {
    // Otherwise operands of other sizes would stay on the device, beside those of the work itself.
    await gpu.idle();
    gpu.trim();
  }
}

/** Times the variants in turn, until each that is not hopeless has had all its rounds. */
async function race(
  gpu: Gpu,
  candidates: readonly Candidate[],
  isOver: () => boolean,
  watch: Stopwatch,
): Promise<Measurement | undefined> {
  const entries = candidates.map((candidate) => ({
    candidate,
    least: Number.POSITIVE_INFINITY,
    times: new Array<number>(),
  }));
  let least = Number.POSITIVE_INFINITY;
  let repeats = 1;
  // The first round compiles. The second shows how often to repeat.
  for (let round = -2; round < ROUNDS; round++) {
    for (const entry of entries) {
      if (round > 0 && entry.least > HOPELESS * least) continue;
      if (isOver()) return undefined;
      const time = await watch.time(gpu, entry.candidate, repeats);
      if (round === -2) continue;
      entry.least = Math.min(entry.least, time);
      least = Math.min(least, time);
      if (round >= 0) entry.times.push(time);
    }
    if (round === -1) repeats = Math.max(1, Math.min(MOST_REPEATS, Math.ceil(SAMPLE / least)));
  }
  const times = Object.fromEntries(entries.map(({ candidate, times: all }) => [candidate.variant, median(all)]));
  return { variant: winnerOf(times), times };
}

/** The fastest, or the first if that is hardly slower. */
function winnerOf(times: Readonly<Record<string, number>>): string {
  const [usual, ...others] = Object.entries(times);
  if (!usual) throw new TypeError("a pass has a variant that fits everywhere");
  return others.reduce((best, other) => (other[1] < best[1] ? other : best), [usual[0], usual[1] / GAIN] as const)[0];
}
