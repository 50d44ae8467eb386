import { formatDuration } from "../format.js";
import type { Chart } from "../models/model.js";
import type { Series } from "./series.js";

/** A number with its name, as the page shows it in large. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
}

/** Three digits, as far as they go: `0.0123`, `1.23`, `123`. */
function threeDigits(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) < 1e-3 ? value.toExponential(2) : value.toPrecision(3);
}

function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(0)} MB`;
}

/** The lowest value of a column and its step. */
function lowest({ columns }: Series, key: string): { readonly value: number; readonly step: number } | undefined {
  const values = (columns[key] ?? []).map((value) => value ?? Number.POSITIVE_INFINITY);
  const value = values.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  return Number.isFinite(value) ? { value, step: columns["step"]?.[values.indexOf(value)] ?? 0 } : undefined;
}

/** What the page knows of its model. */
export interface ShownModel {
  readonly charts: readonly Chart[];
  readonly metric?: string;
}

/** Learning rate, speed, time left, memory and held-out metric, as far as the run has them. */
export function figuresOf(log: Series, metrics: Series, { charts, metric }: ShownModel): Figure[] {
  const { imagesPerSecond, secondsPerStep, secondsLeft, lr, peakBytes, step, totalSteps } = log.latest;
  const figures: Figure[] = [];
  if (secondsLeft !== undefined && step !== totalSteps) figures.push({ name: "Time left", value: formatDuration(secondsLeft) });
  if (imagesPerSecond !== undefined) figures.push({ name: "Images per second", value: threeDigits(imagesPerSecond) });
  else if (secondsPerStep) figures.push({ name: "Steps per second", value: threeDigits(1 / secondsPerStep) });
  if (lr !== undefined) figures.push({ name: "Learning rate", value: threeDigits(lr) });
  if (peakBytes !== undefined) figures.push({ name: "Device memory", value: formatBytes(peakBytes), note: "at most" });
  const value = metric === undefined ? undefined : metrics.latest[metric];
  if (metric !== undefined && value !== undefined) {
    const name = charts.find(({ source, keys }) => source === "metrics" && keys.includes(metric))?.title ?? metric;
    const best = lowest(metrics, metric);
    const note = best ? { note: `best ${threeDigits(best.value)} at step ${best.step}` } : {};
    figures.push({ name, value: threeDigits(value), ...note });
  }
  return figures;
}

/** Where a run stands: `step 1200 of 5000 · epoch 3`. */
export function standing({ latest }: Series): string {
  const { step, totalSteps, epoch } = latest;
  if (step === undefined) return "No step logged yet.";
  const of = totalSteps === undefined ? "" : ` of ${totalSteps}`;
  return [`step ${step}${of}`, ...(epoch === undefined ? [] : [`epoch ${epoch}`])].join(" · ");
}

/** The part of the training that is done, 0 to 1; undefined where the log does not say. */
export function progressOf({ latest: { step, totalSteps } }: Series): number | undefined {
  return step === undefined || !totalSteps ? undefined : Math.min(1, step / totalSteps);
}
