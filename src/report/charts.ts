/** The data of a chart of a page. */
import type { Chart } from "../models/model.js";
import { lengthOf } from "./series.js";
import type { Series } from "./series.js";

/** A chart whose data may come from anywhere. */
export type PlotChart = Omit<Chart, "source">;

/** The numbers of a row that the page shows in addition to its charts. */
const standingKeys = ["step", "epoch", "totalSteps", "secondsPerStep", "secondsLeft", "peakBytes"];

/** The numbers of a row that a page with these charts shows. */
export function shownKeys(charts: readonly Chart[]): ReadonlySet<string> {
  return new Set([...standingKeys, ...charts.flatMap(({ keys }) => keys)]);
}

/** Whether there are numbers for the chart. A loss that is switched off is always 0, and has no curve. */
export function hasNumbers({ keys }: PlotChart, { columns }: Series): boolean {
  return keys.some((key) => columns[key]?.some((value) => value !== null && value !== 0) ?? false);
}

/**
 * An exponential mean, corrected for its start: Σ wᵏ xₙ₋ₖ / Σ wᵏ.
 *
 * `weight`: w, from 0 (unchanged) to below 1 (smoother).
 */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  let sum = 0;
  let total = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = sum * weight + value;
    total = total * weight + 1;
    return sum / total;
  });
}

/** The steps and the values of each key; `null` if a point has none. */
export function chartColumns({ keys }: PlotChart, series: Series): { readonly steps: number[]; readonly values: (number | null)[][] } {
  const none = Array.from({ length: lengthOf(series) }, () => null);
  const steps = (series.columns["step"] ?? []).map((step) => step ?? 0);
  return { steps, values: keys.map((key) => series.columns[key] ?? none) };
}
