import type { Gpu } from "../gpu/gpu.js";
import { candidatesFor, parseConvKey, type Candidate, type ConvWork } from "./conv-work.js";
import { median } from "./median.js";

/** What was found out about a piece of work. */
export interface Measurement {
  /** The variant to take. */
  readonly variant: string;
  /** Milliseconds of each variant, the one taken without a choice first; medians, of fewer runs for hopeless ones. */
  readonly times: Readonly<Record<string, number>>;
}

/** What a tuning came to. */
export interface Tuning {
  /** By the name of the work. */
  readonly measured: ReadonlyMap<string, Measurement>;
  /** Work that the time did not suffice for; its variants are those taken without a choice. */
  readonly unfinished: readonly string[];
  readonly seconds: number;
}

export interface TuneOptions {
  /** No measurement begins after so many seconds; 20 by default. */
  readonly seconds?: number;
  /** No measurement begins once it is aborted. */
  readonly signal?: AbortSignal;
}

/** Where times come from. */
export interface Stopwatch {
  /** Milliseconds since some moment. */
  now(): number;
  /** Milliseconds of one run, over `repeats` of them, with nothing else on the device. */
  time(gpu: Gpu, candidate: Candidate, repeats: number): Promise<number>;
}

const DEFAULT_SECONDS = 20;
/** Samples of each variant; their median counts. */
const ROUNDS = 3;
/** A variant that is so much slower than the best is not measured again. */
const HOPELESS = 2;
/** Another variant must be so much faster than the usual one to take its place, lest noise decides. */
const GAIN = 1.05;
/** A sample repeats its work until it takes so many milliseconds, or so often, for the wait at its end not to show. */
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
 * Measures the kernel variants for some work on this device, and from then on takes the fastest of each.
 *
 * `work` is given a device on which nothing is computed, goes once through what is to be done there, and may be as large as
 * that is: a `trainer.step`, a `forward`. Work that has a choice already is not measured. The heaviest is measured first.
 * Results change within the rounding of the variants. Without this, the same program takes the same variants on every run.
 *
 * Throws DeviceError when the device fails, and what `work` throws.
 */
export async function tune(gpu: Gpu, work: (rehearsal: Gpu) => unknown, options: TuneOptions = {}): Promise<Tuning> {
  return tuneWork(gpu, await workOf(gpu, work), options, stopwatch);
}

/** The pieces of work by name that `work` consists of. */
async function workOf(gpu: Gpu, work: (rehearsal: Gpu) => unknown): Promise<ReadonlySet<string>> {
  using rehearsal = gpu.rehearsal();
  await work(rehearsal);
  return rehearsal.choices.asked;
}

/** `tune` for work by name, with the times of `watch`. */
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

/** Undefined when the time is over first. */
async function measure(gpu: Gpu, work: ConvWork, isOver: () => boolean, watch: Stopwatch): Promise<Measurement | undefined> {
  try {
    using _scope = gpu.scope(work.key);
    return await race(gpu, candidatesFor(gpu, work), isOver, watch);
  } finally {
    // Operands of other sizes would otherwise stay on the device, beside those of the work itself.
    await gpu.idle();
    gpu.trim();
  }
}

/** The variants by turns, until each that is not hopeless has had all its rounds. */
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
  // The first round compiles, and the second shows how often to repeat.
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

/** The fastest, or the first where that is hardly slower. */
function winnerOf(times: Readonly<Record<string, number>>): string {
  const [usual, ...others] = Object.entries(times);
  if (!usual) throw new TypeError("a pass has a variant that fits everywhere");
  return others.reduce((best, other) => (other[1] < best[1] ? other : best), [usual[0], usual[1] / GAIN] as const)[0];
}
