/** The lines of JSON between main.ts and the process of an engine. pytorch.py uses them too. */
import type { Work } from "./work.js";

/** The first line of an engine. */
export interface Hello {
  readonly version: string;
  /** The device that it computes on. */
  readonly device: string;
}

/**
 * `check`: run the work once, with inputs from one file and results to another. `reference`: the same in float64, only for
 * PyTorch. `time`: time the work of the last check.
 */
export type EngineRequest = CheckRequest | { readonly do: "time"; readonly repeats: number };

export interface CheckRequest {
  readonly do: "check" | "reference";
  readonly work: Work;
  readonly inputs: string;
  readonly outputs: string;
}

/** The answer to a check. The time includes compiling the kernels. */
export interface Checked {
  readonly firstMilliseconds: number;
}

/** The figures of one run. Counts are absent if the engine has no dispatches. */
export interface Timed {
  readonly milliseconds: number;
  readonly dispatches?: number;
  readonly submits?: number;
}

export type EngineAnswer = { readonly hello: Hello } | { readonly error: string } | Checked | Timed;
