/** `npm run bench:peers`: times the same work in our engine, TensorFlow.js, jax-js and PyTorch, in turns. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { createLogUpdate } from "log-update";
import { env } from "../../src/env.js";
import { UsageError } from "../../src/errors.js";
import { isSoftware } from "../../src/driver/adapters.js";
import { findAdapter } from "../../src/driver/dawn.js";
import { compareEngines, EngineError, engineNames, type EngineName, type WorkResult } from "./compare-engines.js";
import { EngineProcess, inputFile } from "./engine-process.js";
import { printEngines, printNotes, startPeerTable } from "./print.js";
import type { Hello } from "./protocol.js";
import { works, type Work } from "./work.js";

interface Options {
  readonly filter: string;
  readonly json?: string;
  readonly samples: number;
  readonly engines: readonly EngineName[];
}

/** Finds a Python with PyTorch. Undefined if there is none. */
function findPython(): string | undefined {
  return ["python3", "/usr/bin/python3"].find((python) => spawnSync(python, ["-c", "import torch, numpy"]).status === 0);
}

/** Starts the engines, and prints the reason for each one that cannot be started. */
async function startEngines(names: readonly EngineName[], folder: string) {
  const python = findPython();
  const options = { python: python ?? "python3", folder, inputs: inputFile(folder) };
  const engines: EngineProcess[] = [];
  const hellos = new Map<EngineName, Hello>();
  for (const name of names) {
    if (name === "pytorch" && python === undefined) {
      console.log("PyTorch: no python3 can import torch and numpy, so results are compared with ours");
      continue;
    }
    try {
      const [engine, hello] = await EngineProcess.start(name, options);
      engines.push(engine);
      hellos.set(name, hello);
    } catch (error) {
      if (!(error instanceof EngineError) || name === "ours") throw error;
      console.log(`${name}: cannot start: ${error.message}`);
    }
  }
  return { engines, hellos };
}

async function run({ filter, json, samples, engines: names }: Options): Promise<void> {
  const chosen = works.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
  if (chosen.length === 0) {
    const names = works.map(({ name }) => name).join("\n  ");
    throw new UsageError(`--filter: expected a part of one of these names, got "${filter}".\n  ${names}`);
  }
  if (json !== undefined && !existsSync(dirname(json))) {
    throw new UsageError(`--json: expected a file in a folder that exists, got ${json}. Make ${dirname(json)} first.`);
  }
  const found = await findAdapter(env.adapter ?? "auto");
  const folder = mkdtempSync(join(tmpdir(), "bench-peers-"));
  try {
    const { engines, hellos } = await startEngines(names, folder);
    try {
      printEngines(hellos, found !== undefined && isSoftware(found.adapter));
      printNotes(await compareAll(chosen, { engines, hellos, samples, json }));
    } finally {
      for (const engine of engines) engine.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Started {
  readonly engines: readonly EngineProcess[];
  readonly hellos: ReadonlyMap<EngineName, Hello>;
  readonly samples: number;
  readonly json: string | undefined;
}

/** Compares the engines in each piece of work, and prints and writes what is found. */
async function compareAll(chosen: readonly Work[], { engines, hellos, samples, json }: Started): Promise<readonly WorkResult[]> {
  const status = createLogUpdate(process.stderr);
  const progress = (text: string): void => (process.stderr.isTTY ? status(text) : console.error(text));
  const print = startPeerTable([...hellos.keys()]);
  const results: WorkResult[] = [];
  for (const work of chosen) {
    const result = await compareEngines(work, { engines, samples, progress });
    status.clear();
    print(result);
    results.push(result);
    const processors = cpus();
    const machine = { node: process.version, processor: processors[0]?.model ?? "unknown", cores: processors.length };
    const report = { date: new Date().toISOString(), ...machine, engines: Object.fromEntries(hellos), samples, works: results };
    // Write after each piece of work, because all of them take long.
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return results;
}

function parseSamples(text: string): number {
  const samples = Number(text);
  if (!Number.isInteger(samples) || samples < 1) throw new InvalidArgumentError("Expected a whole number, 1 or more.");
  return samples;
}

function parseEngines(text: string): readonly EngineName[] {
  const names = text.split(",");
  const unknown = names.find((name) => !engineNames.some((known) => known === name));
  if (unknown !== undefined) throw new InvalidArgumentError(`Expected names from ${engineNames.join(", ")}, got ${unknown}.`);
  return engineNames.filter((name) => names.includes(name));
}

await new Command("bench:peers")
  .description("compare the results of the same work in several engines, then time them in turns")
  .option("--filter <text>", "only work with this in its name", "")
  .option("--json <file>", "also write the figures to this file")
  .option("--samples <n>", "samples of each engine; the result is their median", parseSamples, 5)
  .option("--engines <names>", `which engines, of ${engineNames.join(",")}`, parseEngines, engineNames)
  .exitOverride()
  .action(run)
  .parseAsync()
  .catch((error: unknown) => {
    // Commander has printed its own message. Help has exit code 0.
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    console.error(`bench:peers: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  });
