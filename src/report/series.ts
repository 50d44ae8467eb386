/** Columns of numbers for curves. The number of points is bounded, however long the log is. */

/** The numbers of one line of `log.jsonl` or `metrics.jsonl`. */
export type Row = Readonly<Record<string, number>>;

/**
 * The thinned columns of a file of rows. A point represents `width` rows, and the last one `filled` rows. Appending row by row
 * has the same result as appending all rows at once.
 */
export interface Series {
  width: number;
  filled: number;
  /** All columns have the same length; `null` if a point has no such number. */
  readonly columns: Record<string, (number | null)[]>;
  /** The newest row, unthinned. */
  latest: Row;
}

/** In these columns a point shows the last value of its rows, in all others their mean. */
const counters: ReadonlySet<string> = new Set(["step", "epoch", "totalSteps", "secondsLeft", "peakBytes"]);

export function emptySeries(): Series {
  return { width: 1, filled: 0, columns: { step: [] }, latest: {} };
}

/** Number of points. */
export function lengthOf(series: Series): number {
  return series.columns["step"]?.length ?? 0;
}

type Point = number | null | undefined;

/** The mean of two means of `n` and `m` rows; if one has no number, the other's. */
function join(key: string, a: Point, n: number, b: Point, m: number): number | null {
  if (b === null || b === undefined) return a ?? null;
  if (a === null || a === undefined || counters.has(key)) return b;
  return (a * n + b * m) / (n + m);
}

/** Joins every two points into one. */
function halve(series: Series): void {
  const { width, filled, columns } = series;
  const length = lengthOf(series);
  const lastHas = (index: number): number => (index === length - 1 ? filled : width);
  for (const [key, values] of Object.entries(columns)) {
    for (let index = 0; index < length; index += 2) {
      const first = values[index] ?? null;
      values[index / 2] = index + 1 < length ? join(key, first, width, values[index + 1], lastHas(index + 1)) : first;
    }
    values.length = Math.ceil(length / 2);
  }
  series.filled = length % 2 === 0 ? width + filled : filled;
  series.width = 2 * width;
}

/** Appends a row. Above `limit` points, every two are joined. */
export function appendRow(series: Series, row: Row, limit: number): void {
  const { columns } = series;
  const length = lengthOf(series);
  const joins = length > 0 && series.filled < series.width;
  for (const key of Object.keys(row)) columns[key] ??= Array.from({ length }, () => null);
  for (const [key, values] of Object.entries(columns)) {
    const last = length - 1;
    if (joins) values[last] = join(key, values[last], series.filled, row[key], 1);
    else values.push(row[key] ?? null);
  }
  series.filled = joins ? series.filled + 1 : 1;
  series.latest = row;
  if (lengthOf(series) > limit) halve(series);
}
