/** The large figures at the top of a run's page. */
import { formatBytes, formatDuration, formatNumber } from "../format.js";
import { isBetter, type Better } from "../better.js";
import type { Chart } from "../models/model.js";
import type { Series } from "./series.js";

/** A figure with its name. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
}

/** The best value of a column and its step; undefined if it has none. */
export function bestOf({ columns }: Series, key: string, better: Better = "lower"): { readonly value: number; readonly step: number } | undefined {
  const worst = better === "lower" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const values = (columns[key] ?? []).map((value) => value ?? worst);
  const value = values.reduce((best, one) => (isBetter(one, best, better) ? one : best), worst);
  return Number.isFinite(value) ? { value, step: columns["step"]?.[values.indexOf(value)] ?? 0 } : undefined;
}

/** Seconds of all steps up to the newest line of a log; undefined if it has no pace. */
function secondsTrained({ columns, latest }: Series): number | undefined {
  const [steps = [], rates = []] = [columns["step"], columns["imagesPerSecond"]];
  const batchSize = (latest["imagesPerSecond"] ?? 0) * (latest["secondsPerStep"] ?? 0);
  if (rates.length === 0 || batchSize === 0) return undefined;
  return steps.reduce<number>((sum, step, row) => sum + (((step ?? 0) - (steps[row - 1] ?? 0)) * batchSize) / (rates[row] ?? Infinity), 0);
}

/** The part of a model's definition that figures depend on. */
export interface ShownModel {
  readonly charts: readonly Chart[];
  readonly metric?: string;
  readonly better?: Better;
}

/** Remaining time, time so far, speed, learning rate, memory and held-out metric, if the run has logged them. */
export function figuresOf(log: Series, metrics: Series, { charts, metric, better }: ShownModel): Figure[] {
  const { imagesPerSecond, secondsPerStep, secondsLeft, lr, peakBytes, step, totalSteps } = log.latest;
  const figures: Figure[] = [];
  if (secondsLeft !== undefined && step !== totalSteps) figures.push({ name: "Time left", value: formatDuration(secondsLeft) });
  const seconds = secondsTrained(log);
  if (seconds !== undefined) figures.push({ name: "Time trained", value: formatDuration(seconds) });
  if (imagesPerSecond !== undefined) figures.push({ name: "Images per second", value: formatNumber(imagesPerSecond) });
  else if (secondsPerStep) figures.push({ name: "Steps per second", value: formatNumber(1 / secondsPerStep) });
  if (lr !== undefined) figures.push({ name: "Learning rate", value: formatNumber(lr) });
  if (peakBytes !== undefined) figures.push({ name: "Device memory", value: formatBytes(peakBytes), note: "at most" });
  const value = metric === undefined ? undefined : metrics.latest[metric];
  if (metric !== undefined && value !== undefined) {
    const name = charts.find(({ source, keys }) => source === "metrics" && keys.includes(metric))?.title ?? metric;
    const best = bestOf(metrics, metric, better);
    const note = best ? { note: `best ${formatNumber(best.value)} at step ${best.step}` } : {};
    figures.push({ name, value: formatNumber(value), ...note });
  }
  return figures;
}

/** The progress of a run in words: `step 1200 of 5000 · epoch 3`. */
export function standing({ latest }: Series): string {
  const { step, totalSteps, epoch } = latest;
  if (step === undefined) return "No step logged yet.";
  const of = totalSteps === undefined ? "" : ` of ${totalSteps}`;
  return [`step ${step}${of}`, ...(epoch === undefined ? [] : [`epoch ${epoch}`])].join(" · ");
}

/** If the log is older than this, in seconds, the page says so: the training may have ended, or may hang. */
const quiet = 120;

/**
 * Whether the training runs, in words; empty if that is not known. `ended`: whether it has ended, if only for now. `age`: seconds
 * since the log was written to.
 */
export function activity({ latest: { step, totalSteps } }: Series, { ended, age }: { readonly ended: boolean; readonly age?: number | undefined }): string {
  if (step !== undefined && step === totalSteps) return "finished";
  if (ended) return "stopped early";
  if (age === undefined || step === undefined) return "";
  return age > quiet ? `last written ${formatDuration(age)} ago` : "running";
}

/** The fraction of the training that is done, 0 to 1; undefined if the log does not say. */
export function progressOf({ latest: { step, totalSteps } }: Series): number | undefined {
  return step === undefined || !totalSteps ? undefined : Math.min(1, step / totalSteps);
}
