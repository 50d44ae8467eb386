/** Starts the worker that compares engines. */
import { proxy, wrap } from "comlink";
import type { Peers } from "./peers-protocol.js";

/** A worker that can be ended. */
export interface OpenPeers extends Peers {
  /** Ends the worker and those of the engines, also in the middle of their work. What was asked of it is never answered. */
  close(): void;
}

/** Starts the worker. Only a build with other engines has its script. */
export function openPeers(): OpenPeers {
  const worker = new Worker(new URL("./peers.js", import.meta.url), { type: "module" });
  const remote = wrap<Peers>(worker);
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener("error", () => reject(new Error("peers.js could not be started. Load the page again.")));
  });
  return {
    compare: (isSmall, onEvent) => Promise.race([remote.compare(isSmall, proxy(onEvent)), broken]),
    close: () => worker.terminate(),
  };
}
