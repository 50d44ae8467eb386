import type { Gpu } from "../gpu/gpu.js";
import type { Bindable } from "../gpu/kernel.js";
import { Tensor } from "../tensor.js";
import { widthOf } from "./width.js";

/** Rows are cut into ranges until there are this many invocations, but no finer than the next line says. */
const THREADS = 4096;
const MIN_ROWS_PER_RANGE = 16;
/** A CPU adapter has few lanes, and pays for every dispatch. */
const CPU_MIN_ROWS_PER_RANGE = 256;

interface Rows {
  readonly groups: number;
  readonly rows: number;
  readonly columns: number;
  /** Adds the sums to what y holds. */
  readonly adds?: boolean;
}

/**
 * y[g, j] = Σ_row x[g, row, j], in an order that depends on the sizes alone.
 *
 * Few rows are summed at once; many in two stages, so that a narrow matrix still has work for the whole device.
 */
export function reduceRows(gpu: Gpu, x: Bindable, y: Bindable, { groups, rows, columns, adds = false }: Rows): void {
  // A range, and then the ranges, are summed one after the other: at about the root of all rows that takes least on a GPU.
  const least = gpu.isCpu ? CPU_MIN_ROWS_PER_RANGE : Math.max(MIN_ROWS_PER_RANGE, Math.floor(Math.sqrt(rows)));
  const wanted = Math.ceil(THREADS / (groups * (columns / widthOf(columns))));
  const rowsPerRange = Math.max(least, Math.ceil(rows / wanted));
  const ranges = Math.ceil(rows / rowsPerRange);
  if (ranges === 1) {
    sumRanges(gpu, x, y, { groups, rows, columns, adds }, rows, 1);
    return;
  }
  using partial = Tensor.untracked(gpu, [groups, ranges, columns], "row sums");
  sumRanges(gpu, x, partial, { groups, rows, columns }, rowsPerRange, ranges);
  sumRanges(gpu, partial, y, { groups, rows: ranges, columns, adds }, ranges, 1);
}

function sumRanges(gpu: Gpu, x: Bindable, y: Bindable, of: Rows, rowsPerRange: number, ranges: number): void {
  const width = widthOf(of.columns);
  const columns = of.columns / width;
  const size = of.groups * ranges * columns;
  const adds = of.adds ? 1 : 0;
  gpu.run("reduce/rows", { x, y, rows: of.rows, rowsPerRange, ranges, columns, size, adds }, { threads: size, width });
}
