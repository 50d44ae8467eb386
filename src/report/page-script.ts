/**
 * The page's own script, in plain JavaScript: draws `#chart-data` into the elements `.plot` and shows the samples.
 *
 * A smoothed line is an exponential mean, corrected for its start: Σ wᵏ xₙ₋ₖ / Σ wᵏ.
 */
export const pageScript = String.raw`
"use strict";
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const { steps, charts } = read("chart-data");
const holders = [...document.querySelectorAll(".plot")];
const smoothing = document.getElementById("smoothing");
const height = 220;

function smoothed(values, weight) {
  let sum = 0;
  let total = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = sum * weight + value;
    total = total * weight + 1;
    return sum / total;
  });
}

// The strong lines come first, since the legend names those; faint raw ones follow where there is smoothing.
function columns(chart) {
  const raw = chart.series.map(({ values }) => values);
  if (!chart.smooth) return [steps, ...raw];
  const weight = Number(smoothing.value);
  return [steps, ...raw.map((values) => smoothed(values, weight)), ...raw];
}

const tiny = (value) => value !== 0 && Math.abs(value) < 1e-3;
const inLegend = (_, value) => (value == null ? "–" : tiny(value) ? value.toExponential(2) : value.toFixed(3));
const tickText = (tick) => (tiny(tick) ? tick.toExponential(1) : String(Number(tick.toFixed(3))));
const onAxis = (_, ticks) => ticks.map(tickText);

function options(chart, width) {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
  const strokes = [color("--a"), color("--b")];
  const points = { show: steps.length === 1 };
  const strong = ({ key }, index) => ({ label: key, stroke: strokes[index], width: 2, value: inLegend, points });
  const faint = ({ key }, index) => ({ label: key, stroke: strokes[index] + "40", width: 1, class: "faint", points });
  return {
    width,
    height,
    scales: { x: { time: false }, y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.05 : 1] } },
    cursor: { sync: { key: "steps" }, drag: { x: true, y: false } },
    axes: [{ ...axis, space: 64 }, { ...axis, size: 56, values: onAxis }],
    series: [{ label: "step" }, ...chart.series.map(strong), ...(chart.smooth ? chart.series.map(faint) : [])],
  };
}

let plots = [];
function draw() {
  for (const plot of plots) plot.destroy();
  plots = charts.map((chart, index) => {
    const holder = holders[index];
    return new uPlot(options(chart, holder.clientWidth), columns(chart), holder);
  });
}

if (charts.length > 0) {
  draw();
  const resize = () => plots.forEach((plot, index) => plot.setSize({ width: holders[index].clientWidth, height }));
  const update = () => plots.forEach((plot, index) => plot.setData(columns(charts[index]), false));
  smoothing.addEventListener("input", update);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(resize).observe(holders[0]);
}

const slider = document.getElementById("sample-slider");
if (slider) {
  const samples = read("sample-data");
  const image = document.getElementById("sample-image");
  const label = document.getElementById("sample-step");
  const show = () => {
    const { step, path } = samples[slider.value];
    image.src = path;
    label.textContent = "step " + step;
  };
  slider.addEventListener("input", show);
  show();
}
`;
