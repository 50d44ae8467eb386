/** Starts the worker that trains. */
import { proxy, wrap } from "comlink";
import type { Trainer } from "./trainer-protocol.js";

/** A worker that can be ended. */
export interface OpenTrainer extends Trainer {
  /** Ends the worker, also in the middle of its work. What was asked of it is never answered. */
  close(): void;
}

/** Starts the worker. Its script is a file beside those of the page. */
export function openTrainer(script = new URL("./trainer.js", import.meta.url)): OpenTrainer {
  const worker = new Worker(script, { type: "module" });
  const remote = wrap<Trainer>(worker);
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener("error", () => reject(new Error("trainer.js could not be started. Load the page again.")));
  });
  return {
    runs: () => Promise.race([remote.runs(), broken]),
    start: (name, settings, domains, reports) => remote.start(name, settings, domains, proxy(reports)),
    resume: (name, reports) => remote.resume(name, proxy(reports)),
    pause: () => remote.pause(),
    stop: () => remote.stop(),
    show: (name) => remote.show(name),
    leave: () => remote.leave(),
    view: (cursors) => remote.view(cursors),
    sample: (step) => remote.sample(step),
    weights: (network, format) => remote.weights(network, format),
    archive: () => remote.archive(),
    import: (files) => remote.import(files),
    costs: (settings) => remote.costs(settings),
    measure: (settings, domains, onMessage) => remote.measure(settings, domains, proxy(onMessage)),
    draw: () => remote.draw(),
    remove: (name) => remote.remove(name),
    close: () => worker.terminate(),
  };
}
