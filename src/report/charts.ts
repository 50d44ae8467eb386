import type { LogRow } from "./read-run.js";

/** A chart of the report: some columns of the log over the steps. */
export interface Chart {
  readonly title: string;
  readonly note: string;
  readonly keys: readonly string[];
  /** Learning rates are exact; smoothing them would lie. */
  readonly smooth: boolean;
}

const charts: readonly Chart[] = [
  {
    title: "Cycle",
    note: "how much is lost on the way there and back",
    keys: ["cycle_A", "cycle_B"],
    smooth: true,
  },
  {
    title: "Identity",
    note: "how much a generator changes what is in its target domain already",
    keys: ["idt_A", "idt_B"],
    smooth: true,
  },
  {
    title: "Generators",
    note: "lower: better at deceiving the discriminators",
    keys: ["G_A", "G_B"],
    smooth: true,
  },
  {
    title: "Discriminators",
    note: "lower: better at telling real from generated",
    keys: ["D_A", "D_B"],
    smooth: true,
  },
  { title: "Learning rate", note: "", keys: ["lr"], smooth: false },
];

/** The charts for which the log has numbers; a loss that is switched off is 0 all along and shows nothing. */
export function chartsFor(log: readonly LogRow[]): Chart[] {
  return charts.filter(({ keys }) => log.some((row) => keys.some((key) => (row[key] ?? 0) !== 0)));
}

/** What the page's script draws: columns of numbers, `null` where a line has none. */
export function chartData(log: readonly LogRow[]): unknown {
  return {
    steps: log.map((row) => row["step"]),
    charts: chartsFor(log).map(({ title, keys, smooth }) => ({
      title,
      smooth,
      series: keys.map((key) => ({ key, values: log.map((row) => row[key] ?? null) })),
    })),
  };
}
