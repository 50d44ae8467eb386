/** The interface of an engine. */
import type { StoredTensor } from "../../src/io/safetensors.js";
import type { Hello } from "./protocol.js";
import type { Work } from "./work.js";

/** Tensors by name, in PyTorch's order of axes. */
export type Tensors = ReadonlyMap<string, StoredTensor>;

/** Prepared runs, and a function that releases their memory. */
export interface Sample {
  readonly runs: readonly (() => void | Promise<void>)[];
  readonly close?: () => void;
}

/** A piece of work with its operands on the device. */
export interface PreparedWork {
  /** Prepares this many runs. This is not timed. */
  readonly arm: (repeats: number) => Sample;
  /** Runs the work for the first time and returns the results. */
  readonly results: () => Promise<Tensors>;
  readonly release: () => void;
}

export interface Engine {
  readonly hello: Hello;
  /** Dispatches and submits so far. */
  readonly counts: () => { readonly dispatches: number; readonly submits: number };
  readonly prepare: (work: Work, inputs: Tensors) => Promise<PreparedWork>;
  /** Submits all recorded work. */
  readonly flush: () => Promise<void>;
  /** Waits for the end of all submitted work. */
  readonly wait: () => Promise<void>;
}
