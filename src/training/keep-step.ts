/** Writes what is due after a step: log, metrics, samples, checkpoint, page. */
import type { Batch } from "../data/dataset.js";
import { CheckpointError } from "../errors.js";
import { writeError } from "../io/files.js";
import type { Model, ModelDefinition, Visuals } from "../models/model.js";
import { writeLossLog } from "../report/loss-log.js";
import { writeReport } from "../report/report.js";
import { writeSampleGrid } from "../report/sample-grid.js";
import { forgetReplaced, keepBest } from "../run/best.js";
import { appendEvent } from "../run/events.js";
import { samplePath } from "../run/folder.js";
import type { LogEntry, MetricsEntry } from "../run/log.js";
import { formatRecord, type LoopRecord } from "../run/loop-record.js";
import type { TrainConfig } from "../run/options.js";
import { saveNetworks } from "../run/weights.js";
import type { OpenRun } from "./open-run.js";
import type { StepDuties, StepMade, TrainPlan } from "./plan.js";

/** The data to write for a step. */
export interface StepToKeep {
  readonly made: StepMade;
  readonly duties: StepDuties;
  readonly entry: LogEntry | undefined;
  /** Undefined if nothing was measured on held-out images. */
  readonly metrics: MetricsEntry | undefined;
  /** Undefined if nothing is saved. */
  readonly record: LoopRecord | undefined;
  /** Sees the images that are shown. */
  readonly onImages: (images: Visuals) => void;
}

/** The model that made the step. */
export interface KeptModel {
  readonly model: Model;
  readonly definition: ModelDefinition;
  readonly config: TrainConfig;
  readonly plan: TrainPlan;
  /** The images that every sample grid shows; empty: those of the step. */
  readonly shown: readonly Batch[];
}

/**
 * Writes everything that a step's duties require. A full disk only leads to a warning, except in the final save. Throws a
 * CheckpointError if the checkpoint or weights of the last step cannot be written, or if another process has taken over the run.
 *
 * The checkpoint is written last, when log, metrics and samples are on the disk, so that they are complete up to its step.
 */
export async function keepStep(run: OpenRun, kept: KeptModel, step: StepToKeep): Promise<void> {
  const { made, duties, entry, metrics, record } = step;
  const { folder, presentation } = run;
  if (entry || metrics || duties.sample || record) run.lock.check();
  if (entry) await tolerate(run, made, folder.log, () => run.log.append(entry));
  if (metrics) await keepMetrics(run, kept, step, metrics);
  if (duties.sample) await keepSample(run, kept, step);
  if (record) {
    const save = (): Promise<void> => saveAll(run, kept.model, made.step, duties.save, record);
    await (made.last ? save() : tolerate(run, made, folder.checkpoints, save));
  }
  // The page is written at the end even if the last step was left out.
  if (duties.sample || made.last) await tolerate(run, made, folder.report, () => writeReport(folder.path, presentation, { reader: run.reader, ended: made.last }));
  if (kept.config.lossLog && (duties.sample || made.last)) await tolerate(run, made, folder.path, () => keepLossLog(folder.path, kept));
  if (entry || metrics || duties.sample) {
    await tolerate(run, made, folder.path, () => run.tensorboard?.update(duties.sample ? made.step : undefined));
  }
}

/** Logs the metrics, and keeps the weights if they are the best so far. */
async function keepMetrics(run: OpenRun, { model, definition }: KeptModel, { made, record }: StepToKeep, metrics: MetricsEntry): Promise<void> {
  const { folder } = run;
  await tolerate(run, made, folder.metrics, () => run.metrics.append(metrics));
  const { metric, better } = definition;
  const value = metric === undefined ? undefined : metrics[metric];
  if (metric === undefined || value === undefined) return;
  // A measurement that was made only because the training ended is undone if the training is made longer.
  const until = record?.endMeasured ? made.step - 1 : (run.store.peek()?.step ?? 0);
  const score = { step: made.step, metric, value };
  await tolerate(run, made, folder.checkpoints, () => keepBest(folder.checkpoints, model.weights, score, until, better));
}

async function keepSample(run: OpenRun, { model, shown, config }: KeptModel, { made, onImages }: StepToKeep): Promise<void> {
  const path = samplePath(run.folder, made.step);
  await tolerate(run, made, path, async () => {
    const images = await model.visuals();
    onImages(images);
    const batches: Visuals[] = [];
    for (const batch of shown) if (model.show) batches.push(await model.show(batch));
    if (batches.length === 0 || config.sampleBatch) batches.push(images);
    return writeSampleGrid(path, batches, run.presentation.rows);
  });
}

async function saveAll(
  { folder, store, log, metrics, formats }: OpenRun,
  model: Model,
  step: number,
  tags: readonly string[],
  record: LoopRecord,
): Promise<void> {
  log.sync();
  metrics.sync();
  try {
    await saveNetworks(folder.checkpoints, tags, model.weights, formats);
  } catch (error) {
    throw writeError(folder.checkpoints, error);
  }
  store.save({ step, state: await model.state(), record: formatRecord(record) });
  forgetReplaced(folder.checkpoints, record.endMeasured ? step - 1 : step);
}

function keepLossLog(path: string, { definition, config, plan }: KeptModel): void {
  const { batchSize, name: title } = config;
  writeLossLog(path, { title, losses: definition.losses, stepsPerEpoch: plan.stepsPerEpoch, batchSize });
}

/** Does `work`. If it cannot write to the disk, warns and continues. */
async function tolerate(run: OpenRun, { step }: StepMade, path: string, work: () => void | Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const problem = writeError(path, error);
    if (!(problem instanceof CheckpointError)) throw error;
    const message = `step ${step}: ${problem.message} The training continues; what was saved before is intact.`;
    run.onWarning(message);
    appendEvent(run.folder.events, { step, kind: "warning", message });
  }
}
