import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Checked, EngineAnswer, EngineRequest, Hello, Timed } from "./protocol.js";

export const engineNames = ["ours", "tfjs", "jax-js", "pytorch"] as const;
export type EngineName = (typeof engineNames)[number];

/** An engine reported that it cannot do the work, or its process ended. */
export class EngineError extends Error {}

function commandOf(name: EngineName, python: string): readonly string[] {
  const script = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  if (name === "pytorch") return [python, script("pytorch.py")];
  return [process.execPath, "--import", import.meta.resolve("tsx"), script(name === "ours" ? "ours.ts" : `${name}/main.ts`)];
}

/** An engine in a separate process, which sleeps between requests. */
export class EngineProcess {
  readonly name: EngineName;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  /** The last 400 characters of the engine's standard error. */
  #errorTail = "";

  private constructor(name: EngineName, python: string) {
    this.name = name;
    const [program = "", ...args] = commandOf(name, python);
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#child.on("error", (error) => (this.#errorTail = error.message));
    // Writing to a process that has ended fails. The missing answer is reported instead.
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stderr?.on("data", (text: Buffer) => (this.#errorTail = (this.#errorTail + text.toString()).slice(-400)));
    if (!this.#child.stdout) throw new EngineError(`${name}: expected a process with standard output, got none.`);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts the engine. Throws EngineError if it finds no device. */
  static async start(name: EngineName, python: string): Promise<readonly [EngineProcess, Hello]> {
    const engine = new EngineProcess(name, python);
    const answer = await engine.#answer();
    if (!("hello" in answer)) throw new EngineError(`${name}: expected its first line, got ${JSON.stringify(answer)}.`);
    return [engine, answer.hello];
  }

  async check(request: EngineRequest & { readonly do: "check" | "reference" }): Promise<Checked> {
    const answer = await this.#ask(request);
    if (!("firstMilliseconds" in answer)) throw new EngineError(`${this.name}: expected a check, got ${JSON.stringify(answer)}.`);
    return answer;
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
