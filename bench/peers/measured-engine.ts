/** Checks and times an engine, the same in a process of Node and in a worker of a browser. */
import type { Engine, PreparedWork, Tensors } from "./engine.js";
import type { Checked, Timed } from "./protocol.js";
import type { Work } from "./work.js";

/** The part of the shortest time so far to sleep. Dawn polls while it waits, which takes a core from a CPU adapter. */
const PATIENCE = 0.5;

/** An engine with the work that it was given last. */
export interface MeasuredEngine {
  /** Runs the work once. */
  check(work: Work, inputs: Tensors): Promise<Checked & { readonly results: Tensors }>;
  /** Times the work of the last check. */
  time(repeats: number): Promise<Timed>;
}

export function measuredEngine(engine: Engine): MeasuredEngine {
  let prepared: PreparedWork | undefined;
  let shortest = 0;

  const settle = async (): Promise<void> => {
    await engine.flush();
    await engine.wait();
  };
  return {
    async check(work, inputs) {
      prepared?.release();
      prepared = undefined;
      prepared = await engine.prepare(work, inputs);
      shortest = 0;
      const begun = performance.now();
      const results = await prepared.results();
      return { firstMilliseconds: performance.now() - begun, results };
    },
    async time(repeats) {
      if (!prepared) throw new Error("time: expected a check before it, got none.");
      const { runs, close } = prepared.arm(repeats);
      await settle();
      const before = engine.counts();
      const begun = performance.now();
      for (const run of runs) await run();
      await engine.flush();
      const left = PATIENCE * shortest * repeats - (performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, left));
      await engine.wait();
      const milliseconds = (performance.now() - begun) / repeats;
      shortest = Math.min(shortest || milliseconds, milliseconds);
      close?.();
      const { dispatches, submits } = engine.counts();
      const each = (after: number, first: number): number => (after - first) / repeats;
      return { milliseconds, dispatches: each(dispatches, before.dispatches), submits: each(submits, before.submits) };
    },
  };
}
