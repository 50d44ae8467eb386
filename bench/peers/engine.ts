/** The interface of an engine, and the server that runs it in a separate process. */
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { readSafetensors, writeSafetensors, type StoredTensor } from "../../src/io/safetensors.js";
import type { CheckRequest, EngineAnswer, EngineRequest, Hello } from "./protocol.js";
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

/** The part of the shortest time so far to sleep. Dawn polls while it waits, which takes a core from a CPU adapter. */
const PATIENCE = 0.5;

/** Answers requests, one line of JSON each, until standard input ends. The process sleeps between requests. */
export async function serve(start: () => Promise<Engine>): Promise<void> {
  // Messages of libraries must not be mixed with the answers.
  console.log = console.info = console.warn = console.error;
  const answer = (line: EngineAnswer): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  let engine: Engine;
  try {
    engine = await start();
  } catch (error) {
    answer({ error: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
    return;
  }
  answer({ hello: engine.hello });
  let prepared: PreparedWork | undefined;
  let shortest = 0;

  const settle = async (): Promise<void> => {
    await engine.flush();
    await engine.wait();
  };
  const check = async ({ work, inputs, outputs }: CheckRequest): Promise<EngineAnswer> => {
    prepared = await engine.prepare(work, readSafetensors(readFileSync(inputs), inputs));
    shortest = 0;
    const begun = performance.now();
    const results = await prepared.results();
    const firstMilliseconds = performance.now() - begun;
    writeFileSync(outputs, writeSafetensors(results));
    return { firstMilliseconds };
  };
  const time = async ({ arm }: PreparedWork, repeats: number): Promise<EngineAnswer> => {
    const { runs, close } = arm(repeats);
    await settle();
    const before = engine.counts();
    const begun = performance.now();
    for (const run of runs) await run();
    await engine.flush();
    await setTimeout(PATIENCE * shortest * repeats - (performance.now() - begun));
    await engine.wait();
    const milliseconds = (performance.now() - begun) / repeats;
    shortest = Math.min(shortest || milliseconds, milliseconds);
    close?.();
    const { dispatches, submits } = engine.counts();
    const each = (after: number, first: number): number => (after - first) / repeats;
    return { milliseconds, dispatches: each(dispatches, before.dispatches), submits: each(submits, before.submits) };
  };
  const handle = (request: EngineRequest): Promise<EngineAnswer> => {
    if (request.do !== "time") return check(request);
    if (!prepared) throw new Error("time: expected a check before it, got none.");
    return time(prepared, request.repeats);
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const request: EngineRequest = JSON.parse(line);
    try {
      if (request.do !== "time") {
        prepared?.release();
        prepared = undefined;
      }
      answer(await handle(request));
    } catch (error) {
      answer({ error: error instanceof Error ? error.message : String(error) });
    }
  }
  // The process would not end otherwise, because the device's `lost` promise is pending.
  process.exit();
}
