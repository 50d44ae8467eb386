import { stepFlops } from "../src/bench/network.js";
import type { StepConfig } from "../src/bench/step.js";
import { defaultOptions } from "../src/models/cyclegan/options.js";
import type { Scale } from "./scales.js";

/** A training step of one size. */
export interface GrowthConfig extends StepConfig {
  readonly batch: number;
}

export const axes = ["pixels", "width", "batch"] as const;
/** What one sweep varies: the side of the images, the channels of both networks, or the images in a batch. */
export type Axis = (typeof axes)[number];

interface Point {
  /** The label on the x axis, such as `64²`. */
  readonly label: string;
  /** The position on the x axis. */
  readonly x: number;
  readonly config: GrowthConfig;
}

interface SweepSpec {
  readonly nBlocks: number;
  readonly size: number;
  readonly width: number;
  readonly sizes: readonly number[];
  readonly widths: readonly number[];
  readonly batches: readonly number[];
}

/** Small networks for a CPU adapter, and the paper's for a GPU, because small ones would not saturate it. */
const specs: Readonly<Record<Scale, SweepSpec>> = {
  small: {
    nBlocks: 3,
    size: 64,
    width: 8,
    sizes: [32, 64, 96, 128, 192, 256],
    widths: [8, 16, 32, 48, 64],
    batches: [1, 2, 4, 8],
  },
  full: {
    nBlocks: 9,
    size: 128,
    width: 64,
    sizes: [32, 64, 96, 128, 192, 256],
    widths: [16, 32, 48, 64, 96],
    batches: [1, 2, 4, 8],
  },
};

function configOf({ nBlocks }: SweepSpec, size: number, width: number, batch: number): GrowthConfig {
  return { size, batch, options: { ...defaultOptions, nBlocks, ngf: width, ndf: width } };
}

/** The points of each axis in ascending order. */
export function sweepsOf(scale: Scale): Readonly<Record<Axis, readonly Point[]>> {
  const spec = specs[scale];
  const { size, width } = spec;
  return {
    pixels: spec.sizes.map((side) => ({ label: `${side}²`, x: side ** 2, config: configOf(spec, side, width, 1) })),
    width: spec.widths.map((ngf) => ({ label: `ngf ${ngf}`, x: ngf, config: configOf(spec, size, ngf, 1) })),
    batch: spec.batches.map((batch) => ({ label: `batch ${batch}`, x: batch, config: configOf(spec, size, width, batch) })),
  };
}

/** Describes the sizes that stay fixed along an axis. */
export function describeSweep(axis: Axis, scale: Scale): string {
  const { nBlocks, size, width } = specs[scale];
  const parts = { pixels: `ngf ${width}, batch 1`, width: `${size}², batch 1`, batch: `${size}², ngf ${width}` };
  return `${nBlocks} blocks, ${parts[axis]}`;
}

/** A key of the step: two points with the same key measure the same step. */
export function keyOf({ size, batch, options }: GrowthConfig): string {
  return [size, options.ngf, batch].join("/");
}

/** The work that a step's time should be proportional to: the operations of its convolutions, in GFLOP. */
export function timeWork({ size, batch, options }: GrowthConfig): number {
  return (batch * stepFlops({ size, ...options }, options.lambdaIdentity > 0)) / 1e9;
}

/** The work that a step's memory should be proportional to: the number of values in an activation of full size. */
export function memoryWork({ size, batch, options }: GrowthConfig): number {
  return batch * size ** 2 * options.ngf;
}
