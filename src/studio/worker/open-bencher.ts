/** Starts the worker of the page Bench. */
import { proxy, wrap } from "comlink";
import type { Bencher } from "./bench-protocol.js";

/** A worker that can be ended. */
export interface OpenBencher extends Bencher {
  /** Ends the worker, also in the middle of its work. What was asked of it is never answered. */
  close(): void;
}

/** Starts the worker. Its script is a file beside those of the page. */
export function openBencher(): OpenBencher {
  const worker = new Worker(new URL("./bencher.js", import.meta.url), { type: "module" });
  const remote = wrap<Bencher>(worker);
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener("error", () => reject(new Error("bencher.js could not be started. Load the page again.")));
  });
  return {
    describe: () => Promise.race([remote.describe(), broken]),
    measure: (isSmall, onEvent) => remote.measure(isSmall, proxy(onEvent)),
    close: () => worker.terminate(),
  };
}
