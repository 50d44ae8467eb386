import type uPlot from "uplot";
import { hasNumbers, type PlotChart } from "../charts.js";
import type { Series } from "../series.js";
import { keepZoom, wholeRange } from "../zoom.js";
import type { Steps } from "../zoom.js";
import { byId, element } from "./element.js";
import { createPlot, fitPlot, plotData } from "./plot.js";
import { recall, remember } from "./remembered.js";

/** The charts. A zoom is kept, and follows the newest step if it reaches it. */
export interface Charts {
  update(): void;
  /** Ends them, when a page no longer shows them. */
  close(): void;
}

interface Drawn {
  readonly holder: HTMLElement;
  readonly plot: uPlot;
}

/** `seriesOf`: the newest data of a chart. */
export function createCharts<C extends PlotChart>(charts: readonly C[], seriesOf: (chart: C) => Series): Charts {
  const smoothing = byId("smoothing", HTMLInputElement);
  const all = byId("zoom-all", HTMLElement);
  const list = byId("chart-list", HTMLElement);
  /** Those that have numbers, in the order of the page. */
  let shown: readonly C[] = [];
  const drawn = new Map<C, Drawn>();
  let drawing: ReturnType<typeof setTimeout> | undefined;
  let whole: Steps | undefined;
  let zoom: Steps | undefined;
  smoothing.value = recall().smoothing ?? smoothing.value;
  zoom = recall().zoom;

  const dataOf = (chart: C): uPlot.AlignedData => plotData(chart, seriesOf(chart), Number(smoothing.value));
  const fitSteps = ({ plot }: Drawn): void => {
    const [min, max] = zoom ?? whole ?? [0, 1];
    plot.setScale("x", { min, max });
  };
  const showSteps = (): void => {
    for (const one of drawn.values()) fitSteps(one);
    all.hidden = zoom === undefined;
  };
  const zoomTo = (steps: Steps | undefined): void => {
    zoom = steps;
    remember({ zoom });
    showSteps();
  };
  const hooks = {
    onZoom: (first: number, last: number) => zoomTo([first, last]),
    onWhole: () => zoomTo(undefined),
  };
  const draw = (chart: C): void => {
    const holder = element("div", "plot");
    const title = element("h3", "", `${chart.title} `, element("small", "", chart.note));
    list.append(element("div", "card", title, holder));
    const one = { holder, plot: createPlot(chart, dataOf(chart), holder, hooks) };
    drawn.set(chart, one);
    fitSteps(one);
  };
  /** Draws each chart in a task of its own, because the page does not respond in a long one. */
  const drawNext = ([chart, ...rest]: readonly C[]): void => {
    if (chart) draw(chart);
    drawing = rest.length > 0 ? setTimeout(drawNext, 0, rest) : undefined;
  };
  const clear = (): void => {
    clearTimeout(drawing);
    for (const { plot } of drawn.values()) plot.destroy();
    drawn.clear();
  };
  const drawAll = (): void => {
    clear();
    list.replaceChildren();
    drawNext(shown);
  };
  const update = (): void => {
    const before = whole;
    whole = wholeRange(charts.map(seriesOf));
    zoom = keepZoom(zoom, before, whole);
    byId("charts", HTMLElement).hidden = whole === undefined;
    const wanted = charts.filter((chart) => hasNumbers(chart, seriesOf(chart)));
    if (wanted.length !== shown.length || wanted.some((chart) => !shown.includes(chart))) {
      shown = wanted;
      drawAll();
    }
    for (const [chart, { plot }] of drawn) plot.setData(dataOf(chart), false);
    showSteps();
  };
  smoothing.addEventListener("input", () => {
    remember({ smoothing: smoothing.value });
    for (const [chart, { plot }] of drawn) plot.setData(dataOf(chart), false);
    showSteps();
  });
  all.addEventListener("click", () => zoomTo(undefined));
  const listening = new AbortController();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll, { signal: listening.signal });
  const resizes = new ResizeObserver(() => {
    for (const { plot, holder } of drawn.values()) fitPlot(plot, holder);
  });
  resizes.observe(list);
  return {
    update,
    close() {
      listening.abort();
      resizes.disconnect();
      clear();
    },
  };
}
