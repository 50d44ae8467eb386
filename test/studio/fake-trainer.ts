/** The Train page's session over a worker that only pretends. */
import { TrainSession } from "../../src/studio/train/session.js";
import type { OpenTrainer } from "../../src/studio/worker/open-trainer.js";

export const given = (path: string): { path: string; file: File } => ({ path, file: new File(["x"], path.split("/").at(-1)!) });

/** A worker that does nothing and succeeds. */
export function fakeTrainer(changes: Partial<OpenTrainer> = {}): OpenTrainer {
  return {
    runs: async () => [],
    start: async () => "ended",
    resume: async () => "ended",
    pause: async () => {},
    stop: async () => {},
    show: async () => {},
    leave: async () => {},
    view: async () => undefined,
    sample: async () => new Blob(),
    weights: async () => new Uint8Array(),
    archive: async () => new Blob(),
    import: async () => "imported",
    costs: async (settings) => settings.map(() => ({ bytes: 1e6 })),
    measure: async () => ({ bytes: 1e6, secondsPerStep: 1, steps: 2000, full: true }),
    draw: async () => ({ A: [given("0.png")], B: [given("0.png")] }),
    remove: async () => {},
    close: () => {},
    ...changes,
  };
}

export function sessionWith(changes: Partial<OpenTrainer> = {}, shown?: string): TrainSession {
  return new TrainSession({ open: () => fakeTrainer(changes), persist: async () => true }, shown);
}
