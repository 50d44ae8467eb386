import type { AdapterReport } from "../src/bench/report.js";
import type { Axis } from "./growth-sweeps.js";
import type { Linearity } from "./linearity.js";

export interface GrowthPoint {
  readonly label: string;
  /** On the axis of the plot: pixels, ngf, images. */
  readonly x: number;
  readonly images: number;
  /** Of the convolutions of a step. */
  readonly gigaflops: number;
  /** The fastest step seen. */
  readonly milliseconds: number;
  /** Processor time of the process, its threads together: on a software adapter, steadier than the clock beside others. */
  readonly processorMilliseconds: number;
  readonly millisecondsPerImage: number;
  /** What the time would be in proportion to the operations, from the largest point down. */
  readonly linearMilliseconds: number;
  /** Weights, gradients and moments: there before the first step. */
  readonly fixedBytes: number;
  readonly peakBytes: number;
  /** What the peak would be in proportion to the activations, from the largest point down. */
  readonly linearBytes: number;
}

export interface Sweep {
  readonly axis: Axis;
  /** What is kept while the axis varies. */
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
