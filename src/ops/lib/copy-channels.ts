/** Copies of ranges of channels. */
import type { Gpu } from "../../gpu/gpu.js";
import type { Bindable } from "../../gpu/kernel-arguments.js";
import { widthOf } from "./width.js";

interface ChannelCopy {
  readonly rows: number;
  /** Channels of a row of `x` and of `y`. */
  readonly xChannels: number;
  readonly yChannels: number;
  /** First channel read, first channel written, and how many. Before and past the row of `x`, zeros are read. */
  readonly start: number;
  readonly offset: number;
  readonly count: number;
  /** Adds to y instead of overwriting y. */
  readonly adds?: boolean;
}

/** y[row, offset + j] = x[row, start + j] for j < count, or 0 if x's row has no such channel. */
export function copyChannels(gpu: Gpu, x: Bindable, y: Bindable, copy: ChannelCopy): void {
  const { rows, xChannels, yChannels, start, offset, count, adds = false } = copy;
  const width = widthOf(xChannels, yChannels, start, offset, count);
  gpu.run(
    "copy/channels",
    {
      x,
      y,
      rows,
      count: count / width,
      xChannels: xChannels / width,
      yChannels: yChannels / width,
      start: start / width,
      offset: offset / width,
      adds: adds ? 1 : 0,
    },
    { threads: (rows * count) / width, width },
  );
}
