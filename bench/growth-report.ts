import type { AdapterReport } from "../src/bench/report.js";
import type { Axis } from "./growth-sweeps.js";
import type { Linearity } from "./linearity.js";

export interface GrowthPoint {
  readonly label: string;
  /** The position on the x axis: pixels, ngf or images. */
  readonly x: number;
  readonly images: number;
  /** GFLOP of the convolutions of a step. */
  readonly gigaflops: number;
  /** Milliseconds of the fastest step. */
  readonly milliseconds: number;
  /** Processor time of all threads of the process. On a software adapter it varies less than wall time on a busy machine. */
  readonly processorMilliseconds: number;
  readonly millisecondsPerImage: number;
  /** The time if it were proportional to the operations, extrapolated from the largest point. */
  readonly linearMilliseconds: number;
  /** Weights, gradients and moments, allocated before the first step. */
  readonly fixedBytes: number;
  readonly peakBytes: number;
  /** The peak if it were proportional to the activations, extrapolated from the largest point. */
  readonly linearBytes: number;
}

export interface Sweep {
  readonly axis: Axis;
  /** The sizes that stay fixed while the axis varies. */
  readonly kept: string;
  readonly points: readonly GrowthPoint[];
  readonly time: Linearity;
  readonly memory: Linearity;
}

export interface GrowthReport {
  readonly date: string;
  readonly command: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  readonly adapter: AdapterReport;
  readonly sweeps: readonly Sweep[];
}
