import uPlot from "uplot";
import { chartColumns, smoothed, type PlotChart } from "../charts.js";
import type { Series } from "../series.js";

/** Pixels. */
const height = 220;

/** Curves with at most this many points, such as those of a metric, also show the points. */
const fewPoints = 40;

/** Dashes and gaps in pixels of lines whose colours are taken again. */
const dashes: readonly number[][] = [[], [8, 4], [2, 3]];

const tiny = (value: number): boolean => value !== 0 && Math.abs(value) < 1e-3;

function inLegend(_: uPlot, value: number | null): string {
  if (value === null) return "–";
  return tiny(value) ? value.toExponential(2) : value.toFixed(3);
}

function onAxis(_: uPlot, ticks: readonly number[]): string[] {
  return ticks.map((tick) => (tiny(tick) ? tick.toExponential(1) : String(Number(tick.toPrecision(3)))));
}

function yRange(_: uPlot, low: number | null, high: number | null): [number, number] {
  const [least, most] = [low ?? 0, high ?? 0];
  return [Math.min(0, least), most > 0 ? most * 1.05 : 1];
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The series for uPlot: the strong lines, which the legend names, and with smoothing also the faint raw lines after them. */
export function plotData(chart: PlotChart, series: Series, smoothing: number): uPlot.AlignedData {
  const { steps, values } = chartColumns(chart, series);
  if (!chart.smooth) return [steps, ...values];
  return [steps, ...values.map((column) => smoothed(column, smoothing)), ...values];
}

/** How a visitor changes the range of steps. */
export interface ZoomHooks {
  readonly onZoom: (first: number, last: number) => void;
  /** A double click. */
  readonly onWhole: () => void;
}

function select(plot: uPlot, { onZoom }: ZoomHooks): void {
  const { left, width } = plot.select;
  if (width <= 0) return;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onZoom(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
}

/** Cursors move together. Hooks do the zooming, because charts of the log and of metrics have different steps. */
function cursorOptions({ onWhole }: ZoomHooks): uPlot.Cursor {
  return {
    sync: { key: "steps", scales: ["x", null], filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
    drag: { x: true, y: false, setScale: false },
    bind: {
      dblclick: () => () => {
        onWhole();
        return null;
      },
    },
  };
}

/** A plot of a chart in an element, without a range of steps yet. */
export function createPlot(chart: PlotChart, data: uPlot.AlignedData, holder: HTMLElement, hooks: ZoomHooks): uPlot {
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const strokes = ["--a", "--b", "--c", "--d", "--e", "--f"].map(colour);
  const points = { show: (plot: uPlot): boolean => plot.data[0].length <= fewPoints && !chart.smooth };
  const line = (label: string, index: number, raw: boolean): uPlot.Series => {
    const stroke = strokes[index % strokes.length] ?? "";
    if (raw) return { label, stroke: `${stroke}40`, width: 1, class: "faint", points: { show: false } };
    const dash = dashes[Math.floor(index / strokes.length) % dashes.length] ?? [];
    return { label, stroke, dash, width: 2, value: inLegend, points, spanGaps: true };
  };
  const strong = chart.keys.map((key, index) => line(key, index, false));
  const faint = chart.smooth ? chart.keys.map((key, index) => line(key, index, true)) : [];
  return new uPlot(
    {
      width: holder.clientWidth,
      height,
      scales: { x: { time: false }, y: { range: yRange } },
      cursor: cursorOptions(hooks),
      axes: [
        { ...axis, space: 64, size: 32 },
        { ...axis, size: 56, values: onAxis },
      ],
      series: [{ label: "step" }, ...strong, ...faint],
      hooks: { setSelect: [(plot) => select(plot, hooks)] },
    },
    data,
    holder,
  );
}

/** Fits a plot to its element. */
export function fitPlot(plot: uPlot, holder: HTMLElement): void {
  if (holder.clientWidth !== plot.width) plot.setSize({ width: holder.clientWidth, height });
}
