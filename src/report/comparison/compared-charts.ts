/** The curves of several runs: a chart for every loss and metric, in which each run has a line. */
import type { PlotChart } from "../charts.js";
import type { Series } from "../series.js";
import type { ComparedRun } from "./compared-run.js";

/** A chart with its data. Its keys are the names of runs. */
export interface ComparedChart extends PlotChart {
  readonly series: Series;
}

/** The columns of one key of several runs over all of their steps; `null` where a run has no value. */
function joined(of: readonly { readonly name: string; readonly series: Series }[], key: string): Series {
  const steps = [...new Set(of.flatMap(({ series }) => series.columns["step"] ?? []))].sort((a, b) => (a ?? 0) - (b ?? 0));
  const lines = of.map(({ name, series: { columns } }) => {
    const at = new Map(columns["step"]?.map((step, row) => [step, columns[key]?.[row] ?? null]));
    return [name, steps.map((step) => at.get(step) ?? null)] as const;
  });
  return { width: 1, filled: 1, columns: { step: steps, ...Object.fromEntries(lines) }, latest: {} };
}

/** The charts of all losses and metrics that runs have logged, those of metrics first. */
export function comparedCharts(runs: readonly ComparedRun[]): readonly ComparedChart[] {
  const wanted = runs.flatMap(({ presentation: { charts } }) => charts.flatMap((chart) => chart.keys.map((key) => ({ ...chart, key }))));
  const inOrder = [...wanted.filter(({ source }) => source === "metrics"), ...wanted.filter(({ source }) => source === "log")];
  const unique = inOrder.filter(({ key, source }, index) => inOrder.findIndex((other) => other.key === key && other.source === source) === index);
  return unique.map(({ title, note, source, smooth, keys, key }) => {
    const of = runs.filter((run) => run[source].columns[key] !== undefined).map((run) => ({ name: run.name, series: run[source] }));
    return {
      title: keys.length > 1 ? `${title}: ${key}` : title,
      note,
      smooth,
      keys: of.map(({ name }) => name),
      series: joined(of, key),
    };
  });
}
