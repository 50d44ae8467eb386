/** Runs an engine in a worker of its own. */
import { expose } from "comlink";
import { probeDevices, type DeviceProbe } from "../device-probe.js";
import type { Engine, Tensors } from "../engine.js";
import { inputsOf } from "../inputs.js";
import { measuredEngine, type MeasuredEngine } from "../measured-engine.js";
import type { Checked, Timed } from "../protocol.js";
import type { Work } from "../work.js";

/** The worker, as the comparison sees it. */
export interface EngineWorker {
  /** Opens the engine, and returns its version. */
  open(): Promise<string>;
  check(work: Work): Promise<Checked & { readonly results: Tensors }>;
  time(repeats: number): Promise<Timed>;
}

/** Answers the comparison. An engine that waits for a lost device would never answer, so a loss is an answer. */
export function exposeEngine(open: (probe: DeviceProbe) => Promise<Engine>): void {
  const probe = probeDevices();
  let engine: MeasuredEngine | undefined;
  const opened = (): MeasuredEngine => {
    if (!engine) throw new Error("expected an open engine, got none.");
    return engine;
  };
  const worker: EngineWorker = {
    async open() {
      const started = await Promise.race([open(probe), probe.lost]);
      engine = measuredEngine(started);
      return started.hello.version;
    },
    check: (work) => Promise.race([opened().check(work, inputsOf(work)), probe.lost]),
    time: (repeats) => Promise.race([opened().time(repeats), probe.lost]),
  };
  expose(worker);
}
