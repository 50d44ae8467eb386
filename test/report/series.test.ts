import { expect, test } from "vitest";
import { cycleGan } from "../../src/models/cyclegan/definition.js";
import { hasNumbers, smoothed } from "../../src/report/charts.js";
import { figuresOf, progressOf, standing } from "../../src/report/figures.js";
import { appendRow, emptySeries, lengthOf } from "../../src/report/series.js";
import type { Row, Series } from "../../src/report/series.js";
import { keepZoom, wholeRange } from "../../src/report/zoom.js";

function seriesOf(rows: readonly Row[], limit = 1000): Series {
  const series = emptySeries();
  for (const row of rows) appendRow(series, row, limit);
  return series;
}

test("above the limit two points become their mean; counters keep the last value", () => {
  const series = seriesOf([0, 1, 2, 3, 4, 5, 6, 7, 8].map((value) => ({ step: value + 1, D_A: value })), 4);
  expect(series).toMatchObject({ width: 4, filled: 1 });
  expect(series.columns).toEqual({ step: [4, 8, 9], D_A: [1.5, 5.5, 8] });
  expect(series.latest).toEqual({ step: 9, D_A: 8 });
});

test("a point is the mean of its rows, however long the series", () => {
  const rows = Array.from({ length: 1237 }, (_, index) => ({ step: index + 1, D_A: (index * 7919) % 101 }));
  const { columns, width } = seriesOf(rows, 10);
  const means = columns["step"]!.map((_, point) => {
    const bucket = rows.slice(point * width, (point + 1) * width);
    return bucket.reduce((sum, row) => sum + row.D_A, 0) / bucket.length;
  });
  for (const [point, mean] of means.entries()) expect(columns["D_A"]?.[point]).toBeCloseTo(mean, 10);
  expect(lengthOf({ width, filled: 0, columns, latest: {} })).toBeLessThanOrEqual(10);
});

test("a column that comes later has no numbers before", () => {
  const { columns } = seriesOf([{ step: 1, D_A: 5 }, { step: 2, idt_A: 7 }]);
  expect(columns).toEqual({ step: [1, 2], D_A: [5, null], idt_A: [null, 7] });
});

test("a loss that is switched off has no chart", () => {
  const series = seriesOf([{ step: 1, idt_A: 0, idt_B: 0, cycle_A: 2 }]);
  const shown = cycleGan.charts.filter((chart) => chart.source === "log" && hasNumbers(chart, series));
  expect(shown.map(({ title }) => title)).toEqual(["Cycle"]);
});

test("smoothing starts unbiased and skips gaps", () => {
  expect(smoothed([2, null, 4], 0.5)).toEqual([2, null, (4 + 0.5 * 2) / 1.5]);
  expect(smoothed([1, 5], 0)).toEqual([1, 5]);
});

test("a zoom stays, follows the newest step from there, and ends with another run", () => {
  expect(keepZoom([10, 20], [0, 50], [0, 60])).toEqual([10, 20]);
  expect(keepZoom([10, 50], [0, 50], [0, 60])).toEqual([10, 60]);
  expect(keepZoom([40, 45], [0, 50], [0, 5])).toBeUndefined();
  expect(wholeRange([seriesOf([{ step: 3 }]), seriesOf([{ step: 9 }])])).toEqual([3, 9]);
  expect(wholeRange([seriesOf([{ step: 3 }])])).toEqual([2, 4]);
  expect(wholeRange([emptySeries()])).toBeUndefined();
});

test("figures show what the run has", () => {
  const log = seriesOf([{ step: 10, totalSteps: 40, epoch: 2, lr: 2e-4, imagesPerSecond: 12.345, secondsLeft: 4000, peakBytes: 93e7 }]);
  const metrics = seriesOf([{ step: 5, swd: 0.02 }, { step: 10, swd: 0.03 }]);
  const model = { charts: cycleGan.charts, metric: "swd" };
  expect(figuresOf(log, metrics, model).map(({ value }) => value)).toEqual(["1 h 06 min", "12.3", "2.00e-4", "930 MB", "0.0300"]);
  expect(figuresOf(log, metrics, model).at(-1)?.name).toBe("Held-out distance");
  expect(figuresOf(log, metrics, { charts: [] })).toHaveLength(4);
  expect(figuresOf(log, metrics, model).at(-1)?.note).toBe("best 0.0200 at step 5");
  expect(figuresOf(log, metrics, { ...model, better: "higher" }).at(-1)?.note).toBe("best 0.0300 at step 10");
  expect(standing(log)).toBe("step 10 of 40 · epoch 2");
  expect(progressOf(log)).toBe(0.25);
  expect(figuresOf(emptySeries(), emptySeries(), model)).toEqual([]);
  expect(standing(emptySeries())).toBe("No step logged yet.");
});
