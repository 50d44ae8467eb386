/** A run as it is compared with others. */
import { basename, join, resolve } from "node:path";
import { isBetter } from "../../better.js";
import { samplePath, readRunConfig, runFolder } from "../../run/folder.js";
import { modelOf, type TrainConfig } from "../../run/options.js";
import { bestOf } from "../figures.js";
import { presentationOf, type Presentation } from "../presentation.js";
import { openRunReader } from "../run-reader.js";
import type { Series } from "../series.js";

export interface ComparedRun {
  /** Unique among the runs that are compared. */
  readonly name: string;
  /** Path of its folder. */
  readonly path: string;
  readonly config: TrainConfig;
  readonly presentation: Presentation;
  readonly log: Series;
  readonly metrics: Series;
  /** The best value of the metric that judges its model, and its step; absent if nothing was measured. */
  readonly best?: { readonly value: number; readonly step: number };
  /** Its newest sample grid. */
  readonly sample?: { readonly path: string; readonly step: number };
}

/** Reads a run. Throws a CheckpointError if the folder is none. */
export async function readComparedRun(path: string): Promise<ComparedRun> {
  const config = readRunConfig(path);
  const presentation = presentationOf(modelOf(config), config);
  const { log, metrics, samples } = await openRunReader(path, presentation.charts).read();
  if (!log.all || !metrics.all) throw new TypeError("the first answer of a reader is whole");
  const { metric, better } = presentation;
  const best = metric === undefined ? undefined : bestOf(metrics.all, metric, better);
  const step = samples.all?.at(-1);
  return {
    name: basename(resolve(path)),
    path,
    config,
    presentation,
    log: log.all,
    metrics: metrics.all,
    ...(best && { best }),
    ...(step !== undefined && { sample: { path: samplePath(runFolder(path), step), step } }),
  };
}

/** The runs with names that differ: those of one name get the name of the folder above, and then a number. */
export function withUniqueNames(runs: readonly ComparedRun[]): readonly ComparedRun[] {
  const taken = new Map<string, number>();
  const isShared = ({ name }: ComparedRun): boolean => runs.filter((other) => other.name === name).length > 1;
  return runs.map((run) => {
    const wanted = isShared(run) ? join(basename(resolve(run.path, "..")), run.name) : run.name;
    const count = (taken.get(wanted) ?? 0) + 1;
    taken.set(wanted, count);
    return { ...run, name: count > 1 ? `${wanted} (${count})` : wanted };
  });
}

/** The runs with the best of each metric first; those that were never measured come last. Runs of another metric are not mixed. */
export function bestFirst(runs: readonly ComparedRun[]): readonly ComparedRun[] {
  const metrics = [...new Set(runs.flatMap(({ best, presentation: { metric } }) => (best && metric !== undefined ? [metric] : [])))];
  const group = ({ best, presentation: { metric } }: ComparedRun): number => (best && metric !== undefined ? metrics.indexOf(metric) : metrics.length);
  return runs.toSorted((a, b) => {
    if (group(a) !== group(b)) return group(a) - group(b);
    if (!a.best || !b.best || a.best.value === b.best.value) return 0;
    return isBetter(a.best.value, b.best.value, a.presentation.better) ? -1 : 1;
  });
}
