/** The lines of JSON between the driver and an engine's process. pytorch.py speaks them too. */
import type { Work } from "./work.js";

/** The first line of an engine. */
export interface Hello {
  readonly version: string;
  /** What it computes on. */
  readonly device: string;
}

/**
 * `check`: do the work once, from the tensors in one file into another. `reference`: the same in float64, which PyTorch
 * alone is asked for. `time`: do the work checked last again.
 */
export type EngineRequest = CheckRequest | { readonly do: "time"; readonly repeats: number };

export interface CheckRequest {
  readonly do: "check" | "reference";
  readonly work: Work;
  readonly inputs: string;
  readonly outputs: string;
}

/** Of a check, kernels compiled in it. */
export interface Checked {
  readonly firstMilliseconds: number;
}

/** Of one run. Counts are absent for an engine that has no such thing. */
export interface Timed {
  readonly milliseconds: number;
  readonly dispatches?: number;
  readonly submits?: number;
}

export type EngineAnswer = { readonly hello: Hello } | { readonly error: string } | Checked | Timed;
