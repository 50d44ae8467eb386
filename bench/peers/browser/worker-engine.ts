import { wrap, type Remote } from "comlink";
import { EngineError, type EngineName, type RunningEngine } from "../compare-engines.js";
import type { Tensors } from "../engine.js";
import type { Checked, Timed } from "../protocol.js";
import type { Work } from "../work.js";
import type { EngineWorker } from "./expose-engine.js";

/** An engine in a worker of its own. */
export class WorkerEngine implements RunningEngine {
  readonly name: EngineName;
  readonly #worker: Worker;
  readonly #remote: Remote<EngineWorker>;
  readonly #broken: Promise<never>;

  private constructor(name: EngineName) {
    this.name = name;
    this.#worker = new Worker(new URL(`./peer-${name}.js`, import.meta.url), { type: "module" });
    this.#remote = wrap<EngineWorker>(this.#worker);
    this.#broken = new Promise((_, reject) => {
      this.#worker.addEventListener("error", ({ message }) => reject(new EngineError(message || `peer-${name}.js could not be started.`)));
    });
    this.#broken.catch(() => {});
  }

  /** Starts the engine, and returns its version. Throws an EngineError if it cannot compute here. */
  static async start(name: EngineName): Promise<readonly [engine: WorkerEngine, version: string]> {
    const engine = new WorkerEngine(name);
    try {
      return [engine, await engine.#answer(engine.#remote.open())];
    } catch (error) {
      engine.stop();
      throw error;
    }
  }

  check(_: "check" | "reference", work: Work): Promise<Checked & { readonly results: Tensors }> {
    return this.#answer(this.#remote.check(work));
  }

  time(repeats: number): Promise<Timed> {
    return this.#answer(this.#remote.time(repeats));
  }

  /** Ends the worker. */
  stop(): void {
    this.#worker.terminate();
  }

  async #answer<T>(asked: Promise<T>): Promise<T> {
    try {
      return await Promise.race([asked, this.#broken]);
    } catch (error) {
      throw new EngineError(error instanceof Error ? error.message : String(error));
    }
  }
}
