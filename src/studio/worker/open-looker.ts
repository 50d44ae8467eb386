/** Starts the worker of the page Look. */
import { proxy, wrap } from "comlink";
import type { Looker } from "./look-protocol.js";

/** A worker that can be ended. */
export interface OpenLooker extends Looker {
  /** Ends the worker, also in the middle of its work. What was asked of it is never answered. */
  close(): void;
}

/** Starts the worker. Its script is a file beside those of the page. */
export function openLooker(): OpenLooker {
  const worker = new Worker(new URL("./looker.js", import.meta.url), { type: "module" });
  const remote = wrap<Looker>(worker);
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener("error", () => reject(new Error("looker.js could not be started. Load the page again.")));
  });
  return {
    open: () => Promise.race([remote.open(), broken]),
    load: (file, name, prefix) => remote.load(file, name, prefix),
    look: (pictures, settings, onEvent) => remote.look(pictures, settings, proxy(onEvent)),
    stop: () => remote.stop(),
    picture: () => remote.picture(),
    close: () => worker.terminate(),
  };
}
