import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import { EngineError, type EngineName, type RunningEngine } from "./compare-engines.js";
import type { Tensors } from "./engine.js";
import { inputsOf } from "./inputs.js";
import type { Checked, EngineAnswer, EngineRequest, Hello, Timed } from "./protocol.js";
import type { Work } from "./work.js";

/** Writes the inputs of one piece of work after the other for all engines, and returns the path. */
export function inputFile(folder: string): (work: Work) => string {
  const path = join(folder, "inputs.safetensors");
  let written: Work | undefined;
  return (work) => {
    if (work !== written) writeFileSync(path, writeSafetensors(inputsOf(work)));
    written = work;
    return path;
  };
}

/** What the processes of engines share. */
export interface EngineProcessOptions {
  /** A Python with PyTorch. */
  readonly python: string;
  /** A folder for results. */
  readonly folder: string;
  readonly inputs: (work: Work) => string;
}

function commandOf(name: EngineName, python: string): readonly string[] {
  const script = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  if (name === "pytorch") return [python, script("pytorch.py")];
  return [process.execPath, "--import", import.meta.resolve("tsx"), script(`${name}/main.ts`)];
}

/** An engine in a separate process, which sleeps between requests. */
export class EngineProcess implements RunningEngine {
  readonly name: EngineName;
  readonly #options: EngineProcessOptions;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  /** The last 400 characters of the engine's standard error. */
  #errorTail = "";

  private constructor(name: EngineName, options: EngineProcessOptions) {
    this.name = name;
    this.#options = options;
    const [program = "", ...args] = commandOf(name, options.python);
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#child.on("error", (error) => (this.#errorTail = error.message));
    // Writing to a process that has ended fails. The missing answer is reported instead.
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stderr?.on("data", (text: Buffer) => (this.#errorTail = (this.#errorTail + text.toString()).slice(-400)));
    if (!this.#child.stdout) throw new EngineError(`${name}: expected a process with standard output, got none.`);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts the engine. Throws EngineError if it finds no device. */
  static async start(name: EngineName, options: EngineProcessOptions): Promise<readonly [EngineProcess, Hello]> {
    const engine = new EngineProcess(name, options);
    const answer = await engine.#answer();
    if (!("hello" in answer)) throw new EngineError(`${name}: expected its first line, got ${JSON.stringify(answer)}.`);
    return [engine, answer.hello];
  }

  async check(what: "check" | "reference", work: Work): Promise<Checked & { readonly results: Tensors }> {
    const { folder, inputs } = this.#options;
    const outputs = join(folder, `${this.name} ${what}.safetensors`);
    const answer = await this.#ask({ do: what, work, inputs: inputs(work), outputs });
    if (!("firstMilliseconds" in answer)) throw new EngineError(`${this.name}: expected a check, got ${JSON.stringify(answer)}.`);
    return { ...answer, results: readSafetensors(readFileSync(outputs), outputs) };
  }

  async time(repeats: number): Promise<Timed> {
    const answer = await this.#ask({ do: "time", repeats });
    if (!("milliseconds" in answer)) throw new EngineError(`${this.name}: expected a time, got ${JSON.stringify(answer)}.`);
    return answer;
  }

  /** Ends the process. */
  stop(): void {
    this.#child.kill();
  }

  #ask(request: EngineRequest): Promise<EngineAnswer> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    return this.#answer();
  }

  async #answer(): Promise<EngineAnswer> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new EngineError(`the process ended: ${this.#errorTail.trim() || "without an error message"}`);
    const answer: EngineAnswer = JSON.parse(value);
    if ("error" in answer) throw new EngineError(answer.error);
    return answer;
  }
}
