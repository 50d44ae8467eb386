/** Runs an engine in a process of its own. */
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import type { Engine } from "./engine.js";
import { measuredEngine, type MeasuredEngine } from "./measured-engine.js";
import type { EngineAnswer, EngineRequest } from "./protocol.js";

async function answerTo(request: EngineRequest, engine: MeasuredEngine): Promise<EngineAnswer> {
  if (request.do === "time") return engine.time(request.repeats);
  const { work, inputs, outputs } = request;
  const { firstMilliseconds, results } = await engine.check(work, readSafetensors(readFileSync(inputs), inputs));
  writeFileSync(outputs, writeSafetensors(results));
  return { firstMilliseconds };
}

/** Answers requests, one line of JSON each, until standard input ends. The process sleeps between requests. */
export async function serve(start: () => Promise<Engine>): Promise<void> {
  // Messages of libraries must not be mixed with the answers.
  console.log = console.info = console.warn = console.error;
  const answer = (line: EngineAnswer): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  let engine: MeasuredEngine;
  try {
    const started = await start();
    engine = measuredEngine(started);
    answer({ hello: started.hello });
  } catch (error) {
    answer({ error: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
    return;
  }
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      answer(await answerTo(JSON.parse(line), engine));
    } catch (error) {
      answer({ error: error instanceof Error ? error.message : String(error) });
    }
  }
  // The process would not end otherwise, because the device's `lost` promise is pending.
  process.exit();
}
