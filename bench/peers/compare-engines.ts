/** One piece of work in every engine: compared first, then timed in turns. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import type { Tensors } from "./engine.js";
import { EngineError, type EngineName, type EngineProcess } from "./engine-process.js";
import { deviationOf, inputsOf } from "./inputs.js";
import type { Timed } from "./protocol.js";
import { flopsOf, type Work } from "./work.js";

/** A sample repeats the work until it takes this long, in milliseconds, and at most so often. */
const SAMPLE = 100;
const MOST_REPEATS = 256;

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

function messageOf(error: unknown): string {
  if (!(error instanceof EngineError)) throw error;
  return error.message;
}

export async function compareEngines(work: Work, { engines, folder, samples, progress }: Comparing): Promise<WorkResult> {
  const inputs = join(folder, "inputs.safetensors");
  writeFileSync(inputs, writeSafetensors(inputsOf(work)));
  const found = new Map<EngineName, EngineResult>();
  const timing: EngineProcess[] = [];

  const outputsOf = async (engine: EngineProcess, what: "check" | "reference") => {
    const outputs = join(folder, `${engine.name} ${what}.safetensors`);
    const { firstMilliseconds } = await engine.check({ do: what, work, inputs, outputs });
    return { firstMilliseconds, results: readSafetensors(readFileSync(outputs), outputs) };
  };
  let expected: Tensors | undefined;
  const pytorch = engines.find(({ name }) => name === "pytorch");
  if (pytorch) {
    progress(`${work.name}: expected values from PyTorch in float64`);
    expected = (await outputsOf(pytorch, "reference")).results;
  }
  for (const engine of engines) {
    progress(`${work.name}: checking ${engine.name}`);
    try {
      const { firstMilliseconds, results } = await outputsOf(engine, "check");
      // Without PyTorch the first engine is right: its ops and steps are compared with PyTorch's in test/agreement.
      expected ??= results;
      const { name, error, allowed } = deviationOf(work, results, expected);
      const right = error <= allowed;
      const failure = `wrong: ${name} is off by ${error.toExponential(1)}, allowed ${allowed}`;
      found.set(engine.name, { error, firstMilliseconds, ...(!right && { failure }) });
      if (right) timing.push(engine);
    } catch (error) {
      found.set(engine.name, { failure: messageOf(error) });
    }
  }
  const times = await timeInTurns(work, timing, { samples, progress });
  for (const [name, { failure, timed }] of times) {
    if (failure !== undefined) found.set(name, { ...found.get(name), failure });
    const [{ dispatches, submits } = {}] = timed;
    const each = timed.map(({ milliseconds }) => milliseconds);
    const counts = { ...(dispatches !== undefined && { dispatches }), ...(submits !== undefined && { submits }) };
    if (failure === undefined) found.set(name, { ...found.get(name), milliseconds: median(each), samples: each, ...counts });
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
        else times.set(name, { timed, repeats: Math.min(MOST_REPEATS, Math.max(1, Math.ceil(SAMPLE / sample.milliseconds))) });
      } catch (error) {
        times.set(name, { timed, repeats, failure: messageOf(error) });
      }
    }
  }
  return times;
}
