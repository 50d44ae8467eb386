/** Finds the op that first made NaN or infinity. */
import type { Gpu } from "../gpu/gpu.js";
import type { Observation, Observed, ObservedByName, Observer } from "../gpu/observer.js";
import { formatShape } from "../shape.js";
import { Tensor } from "./tensor.js";

/** Where the first NaN or infinity came from. */
export interface NonFiniteOrigin {
  /** The op, or `adam`, or `sum of gradients`. */
  readonly op: string;
  readonly pass: "forward" | "backward" | "update";
  /** The modules around it, as in `G_A.model.10.conv_block.1`; empty outside named modules. */
  readonly path: string;
  readonly inputs: readonly Magnitude[];
  /** The outputs that are not finite; empty if an input already was not finite. */
  readonly outputs: readonly Magnitude[];
}

/** The largest magnitude in a tensor: Infinity if it holds infinity, NaN if it holds NaN. */
export interface Magnitude {
  /** The op's own name for the tensor. */
  readonly name: string;
  readonly label: string;
  readonly shape: readonly number[];
  readonly largest: number;
}

/**
 * Runs `run` and returns the first op in it that made NaN or infinity or was given it, whether forward, backward or an
 * optimizer's update; undefined if everything is finite.
 *
 * The device looks at every op's inputs and outputs in the order of the work, which about doubles the time of `run`. Ops
 * outside `run` cost no more than before.
 */
export async function firstNonFinite(gpu: Gpu, run: () => void | Promise<void>): Promise<NonFiniteOrigin | undefined> {
  const recorder = new Recorder(gpu);
  const before = gpu.observer;
  gpu.observer = recorder;
  try {
    try {
      await run();
    } finally {
      gpu.observer = before;
    }
    return originIn(recorder.observations, await recorder.magnitudes());
  } finally {
    recorder.dispose();
  }
}

/** A sentence about the op, its inputs and its outputs. */
export function describeOrigin({ op, pass, path, inputs, outputs }: NonFiniteOrigin): string {
  const where = `${op}${path === "" ? "" : ` in ${path}`} (${pass})`;
  const bad = inputs.filter(({ largest }) => !Number.isFinite(largest));
  if (bad.length > 0) return `${where} was given ${listed(bad)}`;
  return `${where} made ${listed(outputs)} from finite ${listed(inputs)}`;
}

function listed(magnitudes: readonly Magnitude[]): string {
  return magnitudes.map(({ name, label, shape, largest }) => {
    const named = label === name ? name : `${name} "${label}"`;
    return Number.isFinite(largest)
      ? `${named} ${formatShape(shape)} up to ${largest.toPrecision(3)}`
      : `${Number.isNaN(largest) ? "NaN" : "infinity"} in ${named} ${formatShape(shape)}`;
  }).join(", ");
}

interface Seen extends Omit<Magnitude, "largest"> {
  /** Its slot among the recorded magnitudes. */
  readonly slot: number;
}

interface Noted extends Omit<Observation, "reads" | "writes"> {
  readonly reads: readonly Seen[];
  readonly writes: readonly Seen[];
}

const SLOTS = 4096;
const MAX_THREADS = 1024;

/** Records the largest magnitude of every tensor that ops read and write, each in its own slot on the device. */
class Recorder implements Observer {
  path = "";
  readonly readsValues = true;
  readonly observations: Noted[] = [];
  readonly #gpu: Gpu;
  readonly #pages: Tensor[] = [];
  #slots = 0;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  observe({ op, pass, path, reads, writes }: Observation): void {
    this.observations.push({ op, pass, path, reads: this.#note(reads), writes: this.#note(writes) });
  }

  #note(tensors: ObservedByName): Seen[] {
    return Object.entries(tensors).flatMap(([name, tensor]) => {
      if (!tensor || tensor.size === 0) return [];
      const { label, shape } = tensor;
      return [{ name, label, shape, slot: this.#measure(tensor) }];
    });
  }

  #measure(seen: Observed): number {
    // The kernel judges the bits of float32.
    using copy = seen.dtype === "float16" ? this.#asFloat32(seen) : undefined;
    const x = copy ?? seen;
    const slot = this.#slots++;
    let page = this.#pages[Math.floor(slot / SLOTS)];
    if (!page) {
      page = Tensor.untracked(this.#gpu, [SLOTS], "magnitudes");
      this.#gpu.queue.clear(page.storage, SLOTS * 4);
      this.#pages.push(page);
    }
    const threads = Math.min(MAX_THREADS, x.size);
    this.#gpu.run("check/largest", { x, largest: page, start: 0, size: x.size, threads, slot: slot % SLOTS }, { threads });
    return slot;
  }

  /** A copy. Release it. */
  #asFloat32(x: Observed): Tensor {
    const y = Tensor.untracked(this.#gpu, x.shape, "magnitudes");
    this.#gpu.run("elementwise/scale", { x, y, alpha: 1, size: x.size }, { threads: x.size, width: 1 });
    return y;
  }

  /** The magnitudes, by slot. */
  async magnitudes(): Promise<readonly number[]> {
    const magnitudes: number[] = [];
    for (const page of this.#pages) magnitudes.push(...(await page.data()));
    return magnitudes;
  }

  dispose(): void {
    for (const page of this.#pages) page.release();
  }
}

function originIn(observations: readonly Noted[], magnitudes: readonly number[]): NonFiniteOrigin | undefined {
  const magnitude = ({ slot, ...seen }: Seen): Magnitude => ({ ...seen, largest: magnitudes[slot] ?? Number.NaN });
  for (const { op, pass, path, reads, writes } of observations) {
    const inputs = reads.map(magnitude);
    const outputs = writes.map(magnitude).filter(({ largest }) => !Number.isFinite(largest));
    const given = inputs.some(({ largest }) => !Number.isFinite(largest));
    if (given || outputs.length > 0) return { op, pass, path, inputs, outputs: given ? [] : outputs };
  }
  return undefined;
}
