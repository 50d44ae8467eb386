import { significant, startTable, type Column } from "../../src/bench/table.js";
import { engineTitles, type EngineName, type EngineResult, type WorkResult } from "./compare-engines.js";
import type { Hello } from "./protocol.js";
import { works } from "./work.js";

/** The peers that run on the same device as ours. */
const webGpuPeers = ["tfjs", "jax-js"] as const;
const none = "–";

export function printEngines(hellos: ReadonlyMap<EngineName, Hello>, isCpu: boolean): void {
  for (const [name, { version, device }] of hellos) {
    const native = name === "pytorch" ? ", native code, for reference, not WebGPU" : "";
    console.log(`${engineTitles[name].padEnd(13)}  ${version}, on ${device}${native}`);
  }
  if (isCpu) console.log("The WebGPU engines share a CPU adapter. Only compare figures within this run; they say nothing about a GPU.");
  console.log();
}

function cellOf(result: EngineResult | undefined): string {
  if (!result) return none;
  if (result.milliseconds !== undefined) return significant(result.milliseconds);
  return result.error === undefined ? "failed" : `wrong: ${result.error.toExponential(0)}`;
}

/** The other engine's time as a multiple of ours. */
function ratio(ours: number | undefined, other: number | undefined): string {
  return ours === undefined || other === undefined ? none : `${significant(other / ours)}×`;
}

/** Prints the head of the table. Returns a function that prints a row. */
export function startPeerTable(names: readonly EngineName[]): (result: WorkResult) => void {
  const figure = (heading: string, width: number): Column => {
    return { heading, width: Math.max(width, heading.length), align: "right" };
  };
  const row = startTable([
    { heading: "milliseconds", width: Math.max(...works.map(({ name }) => name.length)), align: "left" },
    ...names.map((name) => figure(engineTitles[name], 12)),
    figure("GFLOP/s", 8),
    figure("better peer / ours", 8),
    figure("PyTorch / ours", 8),
  ]);
  return ({ name, flops, engines }) => {
    const ours = engines.ours?.milliseconds;
    const peers = webGpuPeers.flatMap((peer) => engines[peer]?.milliseconds ?? []);
    const better = peers.length > 0 ? Math.min(...peers) : undefined;
    const rate = ours === undefined || flops === 0 ? none : significant(flops / (ours * 1e6));
    const cells = names.map((engine) => cellOf(engines[engine]));
    row([name, ...cells, rate, ratio(ours, better), ratio(ours, engines.pytorch?.milliseconds)]);
  };
}

export function printNotes(results: readonly WorkResult[]): void {
  console.log("\nGFLOP/s: ours, counting the operations of the direct convolution. Better peer: the faster one on WebGPU.");
  for (const { name, engines } of results) {
    for (const [engine, result] of entriesOf(engines)) {
      if (result.failure !== undefined) console.log(`${name}: ${engineTitles[engine]}: ${result.failure}`);
    }
  }
  const steps = results.filter(({ name }) => name.startsWith("training step"));
  if (steps.length > 0) printSteps(steps);
}

/** Prints the other figures of the training steps: counts, the first step, and the error. */
function printSteps(steps: readonly WorkResult[]): void {
  console.log("\nfirst ms: the first step, including compiling kernels that the driver had not cached. Error: relative, of the losses and gradients.");
  const row = startTable([
    { heading: "", width: Math.max(...steps.map(({ name }) => name.length)), align: "left" },
    { heading: "", width: 13, align: "left" },
    ...["dispatches", "submits", "first ms", "error"].map((heading) => ({ heading, width: 10, align: "right" }) as const),
  ]);
  for (const { name, engines } of steps) {
    for (const [engine, { dispatches, submits, firstMilliseconds, error }] of entriesOf(engines)) {
      const figures = [dispatches?.toFixed(0), submits?.toFixed(0), firstMilliseconds?.toFixed(0), error?.toExponential(0)];
      row([name, engineTitles[engine], ...figures.map((figure) => figure ?? none)]);
    }
  }
}

function entriesOf(engines: WorkResult["engines"]): readonly (readonly [EngineName, EngineResult])[] {
  const names = ["ours", ...webGpuPeers, "pytorch"] as const;
  return names.flatMap((name) => (engines[name] ? [[name, engines[name]] as const] : []));
}
