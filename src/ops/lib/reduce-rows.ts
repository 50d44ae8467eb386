/** Sums of the rows of a matrix. */
import type { Gpu } from "../../gpu/gpu.js";
import type { Bindable } from "../../gpu/kernel-arguments.js";
import { Tensor } from "../../tensor/tensor.js";
import { widthOf } from "./width.js";

/** Invocations that keep a whole device busy. With this many columns, one stage is enough. */
const THREADS = 4096;
/** At most this many rows are always summed by one invocation. */
const FEW_ROWS = 16;
/** The same on a software adapter, which has few lanes and pays for every dispatch. */
const CPU_FEW_ROWS = 256;

/** On a GPU: invocations of a workgroup that sums rows, its most columns, and the most rows of an invocation in one stage. */
const WORKGROUP = 256;
const MOST_COLUMNS = 16;
const MOST_ROWS = 64;
/** The most invocations of a first stage, each of which has a partial sum. */
const MOST_THREADS = 65_536;

interface Rows {
  readonly groups: number;
  readonly rows: number;
  readonly columns: number;
  /** Adds the sums to y instead of overwriting y. */
  readonly adds?: boolean;
}

/**
 * y[g, j] = Σ_row x[g, row, j], in an order that depends only on the sizes and the kind of adapter.
 *
 * If rows are few or columns very many, an invocation sums a column. On a GPU, a workgroup sums more rows. Many rows are cut into
 * ranges and summed in two stages, so that a narrow matrix still keeps the whole device busy.
 */
export function reduceRows(gpu: Gpu, x: Bindable, y: Bindable, of: Rows): void {
  if (gpu.isCpu) reduceOnCpu(gpu, x, y, of);
  else reduceOnGpu(gpu, x, y, of);
}

function reduceOnCpu(gpu: Gpu, x: Bindable, y: Bindable, of: Rows): void {
  const { groups, rows, columns } = of;
  const rowsPerRange = Math.max(CPU_FEW_ROWS, Math.ceil(rows / rangesFor(THREADS, of)));
  const ranges = Math.ceil(rows / rowsPerRange);
  if (ranges === 1) return sumRanges(gpu, x, y, of, rows, 1);
  using partial = Tensor.untracked(gpu, [groups, ranges, columns], "row sums");
  sumRanges(gpu, x, partial, { groups, rows, columns }, rowsPerRange, ranges);
  sumRanges(gpu, partial, y, { ...of, rows: ranges }, ranges, 1);
}

function reduceOnGpu(gpu: Gpu, x: Bindable, y: Bindable, of: Rows): void {
  const { groups, rows, columns } = of;
  if (rows <= FEW_ROWS || rangesFor(THREADS, of) === 1) return sumRanges(gpu, x, y, of, rows, 1);
  const height = WORKGROUP / columnsAcross(columns / widthOf(columns));
  if (rows <= MOST_ROWS * height) return sumByWorkgroup(gpu, x, y, of);
  // A range is summed row by row, then the ranges `height` at a time. The time is least if both take as many steps.
  const even = Math.floor(Math.sqrt(rows / height));
  const rowsPerRange = Math.max(FEW_ROWS, even, Math.ceil(rows / rangesFor(MOST_THREADS, of)));
  const ranges = Math.ceil(rows / rowsPerRange);
  using partial = Tensor.untracked(gpu, [groups, ranges, columns], "row sums");
  sumRanges(gpu, x, partial, { groups, rows, columns }, rowsPerRange, ranges);
  sumByWorkgroup(gpu, partial, y, { ...of, rows: ranges });
}

/** Ranges that give this many invocations work. */
function rangesFor(threads: number, { groups, columns }: Rows): number {
  return Math.ceil(threads / (groups * (columns / widthOf(columns))));
}

function sumRanges(gpu: Gpu, x: Bindable, y: Bindable, of: Rows, rowsPerRange: number, ranges: number): void {
  const width = widthOf(of.columns);
  const columns = of.columns / width;
  const size = of.groups * ranges * columns;
  const adds = of.adds ? 1 : 0;
  gpu.run("reduce/rows", { x, y, rows: of.rows, rowsPerRange, ranges, columns, size, adds }, { threads: size, width });
}

function sumByWorkgroup(gpu: Gpu, x: Bindable, y: Bindable, { groups, rows, columns: floats, adds }: Rows): void {
  const width = widthOf(floats);
  const columns = floats / width;
  const across = columnsAcross(columns);
  const blocks = Math.ceil(columns / across);
  gpu.run(
    "reduce/rows-by-workgroup",
    { x, y, rows, columns, blocks, groups, adds: adds ? 1 : 0 },
    { threads: groups * blocks * WORKGROUP, width, tune: { WORKGROUP, COLUMNS: across } },
  );
}

/** How many columns wide a workgroup is for this many: a power of 2. */
function columnsAcross(columns: number): number {
  let across = 1;
  while (across < columns && across < MOST_COLUMNS) across *= 2;
  return across;
}
