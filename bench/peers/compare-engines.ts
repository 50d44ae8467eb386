/** One piece of work in every engine: compared first, then timed in turns. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../src/errors.js";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import type { Tensors } from "./engine.js";
import { EngineError, type EngineName, type EngineProcess } from "./engine-process.js";
import { deviationOf, inputsOf } from "./inputs.js";
import type { Timed } from "./protocol.js";
import { flopsOf, type Work } from "./work.js";

/** A sample repeats the work until it takes this long, in milliseconds, and at most so often. */
const SAMPLE = 100;
const MOST_REPEATS = 256;
const INPUTS = "inputs.safetensors";

/** What came of a piece of work in one engine. */
export interface EngineResult {
  /** Relative L2 error of the result that is furthest off; of a training step, of all losses and gradients. */
  readonly error?: number;
  /** The median; absent when the engine is wrong or failed. */
  readonly milliseconds?: number;
  readonly samples?: readonly number[];
  readonly dispatches?: number;
  readonly submits?: number;
  /** The first run, kernels compiled in it unless the driver had them. */
  readonly firstMilliseconds?: number;
  /** Why there is no time. */
  readonly failure?: string;
}

export interface WorkResult {
  readonly name: string;
  /** Of its convolutions; 0 where bandwidth bounds it. */
  readonly flops: number;
  readonly engines: Readonly<Partial<Record<EngineName, EngineResult>>>;
}

export interface Comparing {
  readonly engines: readonly EngineProcess[];
  readonly folder: string;
  readonly samples: number;
  readonly progress: (text: string) => void;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** What is no fault of the engine's is thrown on. */
function failed(error: unknown): { readonly failure: string } {
  if (!(error instanceof EngineError)) throw error;
  return { failure: error.message };
}

/** Does the work once in one engine, and reads what that gives. */
async function resultsOf(engine: EngineProcess, what: "check" | "reference", work: Work, folder: string) {
  const outputs = join(folder, `${engine.name} ${what}.safetensors`);
  const { firstMilliseconds } = await engine.check({ do: what, work, inputs: join(folder, INPUTS), outputs });
  return { firstMilliseconds, results: readSafetensors(readFileSync(outputs), outputs) };
}

/** What results are compared with: PyTorch's in float64, or else ours, which test/agreement compares with PyTorch's. */
async function expectedResults(work: Work, { engines, folder, progress }: Comparing): Promise<Tensors> {
  const pytorch = engines.find(({ name }) => name === "pytorch");
  const engine = pytorch ?? engines.find(({ name }) => name === "ours");
  if (!engine) throw new UsageError("--engines: expected ours or pytorch among them, to compare the others with, got neither.");
  progress(`${work.name}: expected values from ${engine.name}`);
  return (await resultsOf(engine, pytorch ? "reference" : "check", work, folder)).results;
}

async function checkEngine(engine: EngineProcess, work: Work, folder: string, expected: Tensors): Promise<EngineResult> {
  const { firstMilliseconds, results } = await resultsOf(engine, "check", work, folder);
  const { name, error, allowed } = deviationOf(work, results, expected);
  // An error that is no number is not within what is allowed either.
  const wrong = !(error <= allowed);
  const failure = `${name} is off by ${error.toExponential(1)}, allowed ${allowed}`;
  return { error, firstMilliseconds, ...(wrong && { failure }) };
}

export async function compareEngines(work: Work, comparing: Comparing): Promise<WorkResult> {
  const { engines, folder, progress } = comparing;
  writeFileSync(join(folder, INPUTS), writeSafetensors(inputsOf(work)));
  const expected = await expectedResults(work, comparing);
  const found = new Map<EngineName, EngineResult>();
  for (const engine of engines) {
    progress(`${work.name}: checking ${engine.name}`);
    found.set(engine.name, await checkEngine(engine, work, folder, expected).catch(failed));
  }
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

/** One sample of each engine after the other, so that what slows the machine down slows all of them. */
async function timeInTurns(
  work: Work,
  engines: readonly EngineProcess[],
  { samples, progress }: Pick<Comparing, "samples" | "progress">,
): Promise<ReadonlyMap<EngineName, Times>> {
  const times = new Map<EngineName, Times>();
  for (let turn = 0; turn <= samples; turn++) {
    for (const engine of engines) {
      const { name } = engine;
      const { timed, repeats, failure } = times.get(name) ?? { timed: [], repeats: 1 };
      if (failure !== undefined) continue;
      progress(`${work.name}: ${turn === 0 ? "warming up" : `sample ${turn} of ${samples}`}, ${name}`);
      try {
        const sample = await engine.time(repeats);
        // The first sample warms up and says how long the others must be.
        if (turn > 0) timed.push(sample);
        else times.set(name, { timed, repeats: Math.min(MOST_REPEATS, Math.ceil(SAMPLE / sample.milliseconds)) });
      } catch (error) {
        times.set(name, { timed, repeats, ...failed(error) });
      }
    }
  }
  return times;
}
