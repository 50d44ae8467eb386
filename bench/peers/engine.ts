/** What an engine has to offer, and the server that lets it run in a process of its own. */
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { readSafetensors, writeSafetensors, type StoredTensor } from "../../src/io/safetensors.js";
import type { CheckRequest, EngineAnswer, EngineRequest, Hello } from "./protocol.js";
import type { Work } from "./work.js";

/** Tensors by name, in PyTorch's order of axes. */
export type Tensors = ReadonlyMap<string, StoredTensor>;

/** Runs that are ready to be taken, and what gives back what they hold. */
export interface Sample {
  readonly runs: readonly (() => void | Promise<void>)[];
  readonly close?: () => void;
}

/** A piece of work with its operands on the device. */
export interface PreparedWork {
  /** Readies so many runs of it, outside the time. */
  readonly arm: (repeats: number) => Sample;
  /** What the first run gives. */
  readonly results: () => Promise<Tensors>;
  readonly release: () => void;
}

export interface Engine {
  readonly hello: Hello;
  /** Dispatches and submits so far. */
  readonly counts: () => { readonly dispatches: number; readonly submits: number };
  readonly prepare: (work: Work, inputs: Tensors) => Promise<PreparedWork>;
  /** Submits what is left over, and returns what waits for the end of all that was submitted. */
  readonly flush: () => Promise<void>;
  readonly wait: () => Promise<void>;
}

/** The part of the shortest time seen that is slept through: Dawn polls while it waits, which takes a core from a CPU adapter. */
const PATIENCE = 0.5;

/** Answers requests, a line of JSON each, until the input ends. Between them the process sleeps. */
export async function serve(start: () => Promise<Engine>): Promise<void> {
  // What libraries have to say must not come between the answers.
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
    if (!prepared) throw new Error("time: expected work that has been checked, got none.");
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
  // Promises of a device that is never lost would keep the process.
  process.exit();
}
