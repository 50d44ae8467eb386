/** Runs one piece of work in every engine: first compares the results, then times the engines in turns. */
import { UsageError } from "../../src/errors.js";
import type { Tensors } from "./engine.js";
import { deviationOf } from "./inputs.js";
import type { Checked, Timed } from "./protocol.js";
import { flopsOf, type Work } from "./work.js";

/** A sample repeats the work until it takes this many milliseconds, but at most MOST_REPEATS times. */
const SAMPLE = 100;
const MOST_REPEATS = 256;

export const engineNames = ["ours", "tfjs", "jax-js", "pytorch"] as const;
export type EngineName = (typeof engineNames)[number];

export const engineTitles: Readonly<Record<EngineName, string>> = {
  ours: "ours",
  tfjs: "TensorFlow.js",
  "jax-js": "jax-js",
  pytorch: "PyTorch",
};

/** An engine reported that it cannot do the work, or it ended. */
export class EngineError extends Error {}

type CheckedResults = Checked & { readonly results: Tensors };

/** An engine that runs by itself, in a process or a worker. What it cannot do rejects with an EngineError. */
export interface RunningEngine {
  readonly name: EngineName;
  /** Runs the work once on its inputs. `reference`: in float64, only for PyTorch. */
  check(what: "check" | "reference", work: Work): Promise<CheckedResults>;
  /** Times the work of the last check. */
  time(repeats: number): Promise<Timed>;
}

/** The result of a piece of work in one engine. */
export interface EngineResult {
  /** The relative L2 error of the worst result. The results of a training step are its losses and gradients. */
  readonly error?: number;
  /** The median time. Absent if the result is wrong or the engine failed. */
  readonly milliseconds?: number;
  readonly samples?: readonly number[];
  readonly dispatches?: number;
  readonly submits?: number;
  /** The time of the first run. It includes compiling the kernels, unless the driver had cached them. */
  readonly firstMilliseconds?: number;
  /** Why there is no time. */
  readonly failure?: string;
}

export interface WorkResult {
  readonly name: string;
  /** The floating-point operations of its convolutions. 0 if the work is limited by bandwidth. */
  readonly flops: number;
  readonly engines: Readonly<Partial<Record<EngineName, EngineResult>>>;
}

export interface Comparing {
  readonly engines: readonly RunningEngine[];
  readonly samples: number;
  readonly progress: (text: string) => void;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** The failure of an engine as a result. Rethrows all other errors. */
function failed(error: unknown): { readonly failure: string } {
  if (!(error instanceof EngineError)) throw error;
  return { failure: error.message };
}

function judged(work: Work, { firstMilliseconds, results }: CheckedResults, expected: Tensors): EngineResult {
  const { name, error, allowed } = deviationOf(work, results, expected);
  // A NaN is not within the tolerance either.
  const wrong = !(error <= allowed);
  const failure = `${name} is off by ${error.toExponential(1)}, allowed ${allowed}`;
  return { error, firstMilliseconds, ...(wrong && { failure }) };
}

/**
 * Runs the work once in each engine and compares the results with PyTorch's in float64 or, without PyTorch, with ours, which
 * test/agreement compares with PyTorch's.
 */
async function checkAll(work: Work, { engines, progress }: Comparing): Promise<Map<EngineName, EngineResult>> {
  const pytorch = engines.find(({ name }) => name === "pytorch");
  const judge = pytorch ?? engines.find(({ name }) => name === "ours");
  if (!judge) throw new UsageError("--engines needs ours or pytorch, to compare the others with.");
  progress(`${work.name}: expected values from ${engineTitles[judge.name]}`);
  const expected = await judge.check(pytorch ? "reference" : "check", work);
  const found = new Map<EngineName, EngineResult>();
  for (const engine of engines) {
    progress(`${work.name}: checking ${engineTitles[engine.name]}`);
    // The first run compiles, so ours is not run again.
    const checked = engine === judge && !pytorch ? Promise.resolve(expected) : engine.check("check", work);
    found.set(engine.name, await checked.then((one) => judged(work, one, expected.results)).catch(failed));
  }
  return found;
}

export async function compareEngines(work: Work, comparing: Comparing): Promise<WorkResult> {
  const { engines } = comparing;
  const found = await checkAll(work, comparing);
  const right = engines.filter(({ name }) => found.get(name)?.failure === undefined);
  for (const [name, { failure, timed }] of await timeInTurns(work, right, comparing)) {
    const checked = found.get(name);
    const samples = timed.map(({ milliseconds }) => milliseconds);
    const [{ dispatches, submits } = {}] = timed;
    const counts = { ...(dispatches !== undefined && { dispatches }), ...(submits !== undefined && { submits }) };
    const figures = { milliseconds: median(samples), samples, ...counts };
    found.set(name, { ...checked, ...(failure === undefined ? figures : { failure }) });
  }
  return { name: work.name, flops: flopsOf(work), engines: Object.fromEntries(found) };
}

interface Times {
  readonly timed: Timed[];
  readonly repeats: number;
  readonly failure?: string;
}

/** Takes one sample of each engine in turn, so that other work on the machine slows all of them down alike. */
async function timeInTurns(
  work: Work,
  engines: readonly RunningEngine[],
  { samples, progress }: Pick<Comparing, "samples" | "progress">,
): Promise<ReadonlyMap<EngineName, Times>> {
  const times = new Map<EngineName, Times>();
  for (let turn = 0; turn <= samples; turn++) {
    for (const engine of engines) {
      const { name } = engine;
      const { timed, repeats, failure } = times.get(name) ?? { timed: [], repeats: 1 };
      if (failure !== undefined) continue;
      progress(`${work.name}: ${turn === 0 ? "warming up" : `sample ${turn} of ${samples}`}, ${engineTitles[name]}`);
      try {
        const sample = await engine.time(repeats);
        // The first sample is a warm-up. It determines how often the others repeat the work.
        if (turn > 0) timed.push(sample);
        else times.set(name, { timed, repeats: Math.min(MOST_REPEATS, Math.ceil(SAMPLE / sample.milliseconds)) });
      } catch (error) {
        times.set(name, { timed, repeats, ...failed(error) });
      }
    }
  }
  return times;
}
