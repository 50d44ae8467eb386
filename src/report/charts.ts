import { lengthOf } from "./series.js";
import type { Series } from "./series.js";

/** A chart of the page: some columns over the steps. */
export interface Chart {
  readonly title: string;
  readonly note: string;
  readonly source: "log" | "metrics";
  readonly keys: readonly string[];
  /** Learning rates are exact; smoothing them would lie. */
  readonly smooth: boolean;
}

export const charts: readonly Chart[] = [
  {
    title: "Held-out distance",
    note: "of translations to real test images; lower is better",
    source: "metrics",
    keys: ["swd_A", "swd_B", "swd"],
    smooth: false,
  },
  {
    title: "Held-out cycle",
    note: "what test images lose on the way there and back",
    source: "metrics",
    keys: ["cycle_A", "cycle_B"],
    smooth: false,
  },
  {
    title: "Cycle",
    note: "how much is lost on the way there and back",
    source: "log",
    keys: ["cycle_A", "cycle_B"],
    smooth: true,
  },
  {
    title: "Identity",
    note: "how much a generator changes what is in its target domain already",
    source: "log",
    keys: ["idt_A", "idt_B"],
    smooth: true,
  },
  {
    title: "Generators",
    note: "lower: better at deceiving the discriminators",
    source: "log",
    keys: ["G_A", "G_B"],
    smooth: true,
  },
  {
    title: "Discriminators",
    note: "lower: better at telling real from generated",
    source: "log",
    keys: ["D_A", "D_B"],
    smooth: true,
  },
  { title: "Learning rate", note: "", source: "log", keys: ["lr"], smooth: false },
  { title: "Images per second", note: "of each domain", source: "log", keys: ["imagesPerSecond"], smooth: true },
];

/** The numbers of a row that the page shows. */
export const shownKeys: ReadonlySet<string> = new Set([
  "step",
  "epoch",
  "totalSteps",
  "secondsPerStep",
  "secondsLeft",
  "peakBytes",
  ...charts.flatMap(({ keys }) => keys),
]);

/** Whether there are numbers for the chart; a loss that is switched off is 0 all along and shows nothing. */
export function hasNumbers({ keys }: Chart, { columns }: Series): boolean {
  return keys.some((key) => columns[key]?.some((value) => value !== null && value !== 0) ?? false);
}

/**
 * An exponential mean, corrected for its start: Σ wᵏ xₙ₋ₖ / Σ wᵏ.
 *
 * `weight`: w, from 0 (as it is) to below 1 (smoother).
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

/** The steps and, for each key, its values: `null` where a point has none. */
export function chartColumns({ keys }: Chart, series: Series): { readonly steps: number[]; readonly values: (number | null)[][] } {
  const none = Array.from({ length: lengthOf(series) }, () => null);
  const steps = (series.columns["step"] ?? []).map((step) => step ?? 0);
  return { steps, values: keys.map((key) => series.columns[key] ?? none) };
}
