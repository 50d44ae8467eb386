/** The page Bench without its looks: the device, its measurement, and the results of other devices. */
import { benchReport, type BenchReport, type BrowserMachine, type KernelResult, type LeftOutStep, type Limits, type StepResult } from "../../bench/report.js";
import { messageOf } from "../message.js";
import { Session } from "../session.js";
import type { BenchEvent, DeviceNote } from "../worker/bench-protocol.js";
import type { OpenBencher } from "../worker/open-bencher.js";
import { noBenchmarks, type Benchmarks } from "./benchmarks.js";

/** What a measurement has found so far. */
export interface Found {
  readonly limits?: Limits;
  readonly kernels: readonly KernelResult[];
  readonly steps: readonly StepResult[];
  readonly leftOut: readonly LeftOutStep[];
}

export interface BenchState {
  /** `failed`: there is no GPU. */
  readonly gpu: "opening" | "ready" | "failed";
  /** Why the GPU failed. */
  readonly gpuProblem?: string;
  readonly device?: DeviceNote;
  readonly measurement: "none" | "running" | "stopped" | "failed" | "done";
  /** Why the measurement failed. */
  readonly problem?: string;
  /** What is being timed. */
  readonly timing?: string;
  /** The part of the measurement that is done. */
  readonly share: number;
  readonly secondsLeft?: number;
  readonly found: Found;
  /** The whole measurement. */
  readonly report?: BenchReport;
  readonly others: Benchmarks;
}

const nothing: Found = { kernels: [], steps: [], leftOut: [] };

/** About how many seconds the parts of a measurement take on a GPU. */
const SECONDS = { limits: 2, kernel: 1, step: 8 };

export interface BenchSessionOptions {
  readonly open: () => OpenBencher;
  /** Whether to train small networks only. */
  readonly isSmall: boolean;
  readonly machine: BrowserMachine;
  /** Seconds of any monotonic clock. */
  readonly clock: () => number;
}

export class BenchSession extends Session<BenchState> {
  readonly #options: BenchSessionOptions;
  #bencher: OpenBencher;

  /** Starts a worker and opens the GPU. */
  constructor(options: BenchSessionOptions) {
    super({ gpu: "opening", measurement: "none", share: 0, found: nothing, others: noBenchmarks });
    this.#options = options;
    this.#bencher = options.open();
    void this.#describe();
  }

  /** Whether this device only does small work: a phone, or a software adapter. */
  get isSmall(): boolean {
    return this.#options.isSmall || this.state.device?.adapter.isCpu === true;
  }

  /** Shows the results of other devices. */
  showOthers(others: Benchmarks): void {
    this.set({ others });
  }

  /** Opens the GPU again in another worker, after it could not be opened. */
  async reopen(): Promise<void> {
    this.#replaceWorker();
    const { gpuProblem: _, ...rest } = this.state;
    this.replace({ ...rest, gpu: "opening" });
    await this.#describe();
  }

  /** Measures the GPU, from the beginning. */
  async measure(): Promise<void> {
    const { report: _, problem: __, ...rest } = this.state;
    this.replace({ ...rest, measurement: "running", share: 0, found: nothing });
    const bencher = this.#bencher;
    const progress = createProgress(this.#options.clock);
    try {
      const measured = await bencher.measure(this.#options.isSmall, (event) => {
        if (bencher === this.#bencher && this.state.measurement === "running") this.#take(event, progress(event));
      });
      // The last events may still be on their way.
      this.#end({ measurement: "done", share: 1, found: measured, report: benchReport(measured, this.#options.machine) });
    } catch (error) {
      this.#end({ measurement: "failed", problem: messageOf(error) });
    }
  }

  /** Ends the measurement at once. What it has found stays. */
  stop(): void {
    this.#replaceWorker();
    this.#end({ measurement: "stopped" });
  }

  async #describe(): Promise<void> {
    try {
      const device = await this.#bencher.describe();
      this.set({ gpu: "ready", device });
    } catch (error) {
      this.set({ gpu: "failed", gpuProblem: messageOf(error) });
    }
  }

  /** The worker before it never answers. */
  #replaceWorker(): void {
    this.#bencher.close();
    this.#bencher = this.#options.open();
  }

  #take(event: BenchEvent, progress: Progress): void {
    const { secondsLeft: _, ...state } = this.state;
    const timing = event.kind === "timing" ? event.what : state.timing;
    this.replace({ ...state, ...progress, ...(timing !== undefined && { timing }), found: withEvent(state.found, event) });
  }

  #end(changes: Partial<BenchState>): void {
    const { timing: _, secondsLeft: __, ...rest } = this.state;
    this.replace({ ...rest, ...changes });
  }
}

function withEvent(found: Found, event: BenchEvent): Found {
  switch (event.kind) {
    case "limits":
      return { ...found, limits: event.limits };
    case "kernel":
      return { ...found, kernels: [...found.kernels, event.kernel] };
    case "step":
      return { ...found, steps: [...found.steps, event.step] };
    case "left out":
      return { ...found, leftOut: [...found.leftOut, event.step] };
    case "planned":
    case "timing":
    case "limits after":
      return found;
  }
}

interface Progress {
  readonly share: number;
  readonly secondsLeft?: number;
}

/**
 * Follows the events of a measurement: returns what part of it is done, and the time left. Kernels go on at their pace so far. Steps do
 * not depend on it, because they are left out on a slow device.
 */
function createProgress(clock: () => number): (event: BenchEvent) => Progress {
  const start = clock();
  let [done, total, stepsLeft, pace] = [0, 0, 0, 0];
  const add = (seconds: number): void => {
    done += seconds;
    pace = (clock() - start) / done;
  };
  return (event) => {
    switch (event.kind) {
      case "planned":
        total = 2 * SECONDS.limits + event.kernels * SECONDS.kernel;
        stepsLeft = event.steps;
        break;
      case "limits":
      case "limits after":
        add(SECONDS.limits);
        break;
      case "kernel":
        add(SECONDS.kernel);
        break;
      case "step":
      case "left out":
        stepsLeft--;
        break;
      case "timing":
        break;
    }
    if (done === 0) return { share: 0 };
    const elapsed = clock() - start;
    const secondsLeft = pace * (total - done) + SECONDS.step * stepsLeft;
    return { share: elapsed / (elapsed + secondsLeft), secondsLeft };
  };
}
