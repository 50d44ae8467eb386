import { init, type EChartsOption } from "echarts";
import sharp from "sharp";
import type { GrowthPoint, GrowthReport, Sweep } from "./growth-report.js";
import { describeLinearity } from "./linearity.js";

const WIDTH = 1500;
const HEIGHT = 1020;
const LEFT = 90;
const GAP = 90;
const PANEL_WIDTH = (WIDTH - LEFT - 30 - 2 * GAP) / 3;
const PANEL_HEIGHT = 300;
const TOPS = [170, 640] as const;
const MEBIBYTE = 2 ** 20;

/** A row of panels: one measured quantity, and a reference line in proportion to the work. */
interface Quantity {
  readonly title: string;
  readonly unit: string;
  readonly colour: string;
  readonly value: (point: GrowthPoint) => number;
  readonly reference: (point: GrowthPoint) => number;
  readonly verdict: (sweep: Sweep) => string;
}

const quantities: readonly Quantity[] = [
  {
    title: "time of a step",
    unit: "ms",
    colour: "#1f77b4",
    value: ({ milliseconds }) => milliseconds,
    reference: ({ linearMilliseconds }) => linearMilliseconds,
    verdict: ({ time }) => `per GFLOP ${describeLinearity(time)}`,
  },
  {
    title: "peak device memory",
    unit: "MiB",
    colour: "#2ca02c",
    value: ({ peakBytes }) => peakBytes / MEBIBYTE,
    reference: ({ linearBytes }) => linearBytes / MEBIBYTE,
    verdict: ({ memory }) => describeLinearity(memory),
  },
];

const axisNames = { pixels: "pixels of an image", width: "channels, ngf = ndf", batch: "images in a batch" } as const;

/** One panel. The ticks of its x axis are the measured points. */
function panel(sweep: Sweep, quantity: Quantity, column: number, row: number) {
  const index = row * 3 + column;
  const [left, top] = [LEFT + column * (PANEL_WIDTH + GAP), TOPS[row] ?? 0];
  const ascending = sweep.points.flatMap((point) => [quantity.value(point), quantity.reference(point)]);
  const axis = { gridIndex: index, nameLocation: "middle", nameTextStyle: { fontSize: 15 }, axisLabel: { fontSize: 14 } } as const;
  const line = (name: string, value: (point: GrowthPoint) => number) => ({
    name,
    type: "line" as const,
    xAxisIndex: index,
    yAxisIndex: index,
    data: sweep.points.map((point) => [point.x, value(point)]),
  });
  return {
    grid: { left, top, width: PANEL_WIDTH, height: PANEL_HEIGHT },
    title: {
      text: `${quantity.title} against ${sweep.axis}`,
      subtext: `${sweep.kept}\n${quantity.verdict(sweep)}`,
      left: left - 10,
      top: top - 88,
      textStyle: { fontSize: 18 },
      subtextStyle: { fontSize: 14, color: "#444", lineHeight: 19 },
    },
    xAxis: {
      ...axis,
      type: "log" as const,
      logBase: 2,
      name: axisNames[sweep.axis],
      nameGap: 32,
      min: sweep.points[0]?.x ?? 1,
      max: sweep.points.at(-1)?.x ?? 1,
      axisLabel: { ...axis.axisLabel, customValues: sweep.points.map(({ x }) => x), formatter: (x: number) => labelAt(sweep, x) },
      axisTick: { customValues: sweep.points.map(({ x }) => x) },
      splitLine: { show: false },
    },
    yAxis: {
      ...axis,
      type: "log" as const,
      name: quantity.unit,
      nameGap: 52,
      min: 10 ** Math.floor(Math.log10(Math.min(...ascending))),
      max: 10 ** Math.ceil(Math.log10(Math.max(...ascending))),
      minorSplitLine: { show: true, lineStyle: { color: "#f0f0f0" } },
      minorTick: { show: true },
    },
    series: [
      {
        ...line("measured", quantity.value),
        symbol: "circle",
        symbolSize: 9,
        lineStyle: { width: 2.5, color: quantity.colour },
        itemStyle: { color: quantity.colour },
      },
      {
        ...line("in proportion to the work of the largest", quantity.reference),
        symbol: "none",
        lineStyle: { width: 1.5, type: "dashed" as const, color: "#888" },
        itemStyle: { color: "#888" },
      },
    ],
  };
}

function labelAt({ points }: Sweep, x: number): string {
  const point = points.find((candidate) => Math.abs(candidate.x / x - 1) < 1e-6);
  return point?.label.replace(/^(?:ngf|batch) /, "") ?? "";
}

function chart({ adapter, sweeps, cores, processor }: GrowthReport): EChartsOption {
  const panels = quantities.flatMap((quantity, row) => sweeps.map((sweep, column) => panel(sweep, quantity, column, row)));
  const kind = adapter.isCpu ? `, a CPU adapter (${cores} cores, ${processor})` : "";
  const title = {
    text: `A CycleGAN training step on ${adapter.name}${kind}`,
    subtext: `${adapter.driver}. Solid: measured. Dashed: fixed part (weights, gradients, moments) plus the rest in proportion to the work, from the largest point down.`,
    left: LEFT - 10,
    top: 8,
    textStyle: { fontSize: 20 },
    subtextStyle: { fontSize: 14, color: "#444" },
  };
  return {
    animation: false,
    backgroundColor: "#fff",
    textStyle: { fontFamily: "sans-serif" },
    title: [title, ...panels.map((one) => one.title)],
    grid: panels.map(({ grid }) => grid),
    xAxis: panels.map(({ xAxis }) => xAxis),
    yAxis: panels.map(({ yAxis }) => yAxis),
    series: panels.flatMap(({ series }) => series),
  };
}

/** Draws the report as a PNG: a row of panels for time and one for memory, a column for each sweep, on logarithmic axes. */
export async function plotGrowth(report: GrowthReport): Promise<Buffer> {
  const drawing = init(undefined, undefined, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  drawing.setOption(chart(report));
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return sharp(Buffer.from(svg)).png({ palette: true }).toBuffer();
}
