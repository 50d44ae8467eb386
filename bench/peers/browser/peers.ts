/** The worker that compares our engine with others for the studio's page Bench. Each engine runs in a worker of its own. */
import { expose } from "comlink";
import type { PeerFigures, Peers, PeerEvent } from "../../../src/studio/worker/peers-protocol.js";
import { compareEngines, EngineError, engineTitles, type EngineName, type EngineResult, type RunningEngine } from "../compare-engines.js";
import { works, type Work } from "../work.js";
import { WorkerEngine } from "./worker-engine.js";

const names = ["ours", "tfjs", "jax-js"] as const;

/** Samples of each engine. */
const SAMPLES = 3;

/** Parts of the names of what is compared: the kernels of the residual blocks and a small training step. */
const usual = ["256→256", "instanceNorm+ReLU", "ngf 16"];
/** The same on software adapters and phones: two kernels of a discriminator, which all engines compute and compile within seconds. */
const small = ["patch 4×4/2 64→128 at 32² forward", "patch 4×4/2 64→128 at 32² weight gradient"];

function worksFor(isSmall: boolean): readonly Work[] {
  const parts = isSmall ? small : usual;
  return works.filter(({ name }) => parts.some((part) => name.includes(part)));
}

function figuresOf(name: EngineName, version: string, result: EngineResult): PeerFigures {
  const engine = name === "ours" ? "This library" : `${engineTitles[name]} ${version}`;
  return { ...result, engine, isOurs: name === "ours" };
}

/** Compares all engines in one piece of work. They start anew each time, so that none has the memory of the work before or its failure. */
async function compareIn(work: Work, onEvent: (event: PeerEvent) => void): Promise<void> {
  const running: WorkerEngine[] = [];
  const versions = new Map<EngineName, string>();
  const failures = new Map<EngineName, EngineResult>();
  const progress = (text: string): void => onEvent({ kind: "progress", text });
  try {
    for (const name of names) {
      progress(`${work.name}: starting ${engineTitles[name]}`);
      try {
        const [engine, version] = await WorkerEngine.start(name);
        running.push(engine);
        versions.set(name, version);
      } catch (error) {
        if (!(error instanceof EngineError) || name === "ours") throw error;
        failures.set(name, { failure: error.message });
      }
    }
    const engines: readonly RunningEngine[] = running;
    const { engines: found } = await compareEngines(work, { engines, samples: SAMPLES, progress });
    const figures = names.map((name) => figuresOf(name, versions.get(name) ?? "", found[name] ?? failures.get(name) ?? {}));
    onEvent({ kind: "result", result: { name: work.name, engines: figures } });
  } finally {
    for (const engine of running) engine.stop();
  }
}

const peers: Peers = {
  async compare(isSmall, onEvent) {
    const chosen = worksFor(isSmall);
    for (const [index, work] of chosen.entries()) {
      onEvent({ kind: "share", share: index / chosen.length });
      await compareIn(work, onEvent);
    }
  },
};

expose(peers);
