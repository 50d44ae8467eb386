import { CheckpointError } from "../errors.js";
import type { CycleGANTrainer, Visuals } from "../models/cyclegan/trainer.js";
import { writeReport } from "../report/report.js";
import { writeSampleGrid } from "../report/sample-grid.js";
import { forgetReplaced, keepBest } from "../run/best.js";
import { saveNetworks } from "../run/weights.js";
import { writeError } from "../io/files.js";
import { appendEvent } from "../run/events.js";
import type { LogEntry } from "../run/log.js";
import type { MetricsEntry } from "../run/metrics-log.js";
import type { StepDuties, StepMade } from "./plan.js";
import type { OpenRun } from "../run/open.js";
import { samplePath } from "../run/folder.js";
import { formatRecord, type TrainingRecord } from "./training-record.js";

/** What there is to write about a step. */
export interface StepToKeep {
  readonly made: StepMade;
  readonly duties: StepDuties;
  readonly entry: LogEntry | undefined;
  /** What held-out images said; absent where nothing was measured. */
  readonly metrics: MetricsEntry | undefined;
  /** Absent where nothing is saved. */
  readonly record: TrainingRecord | undefined;
  /** Columns of the grid of images. */
  readonly columns: number;
  /** Sees the images that are shown. */
  readonly onImages: (images: Visuals) => void;
}

/**
 * Writes what a step's duties ask for. A disk that does not take it is a warning, and the training goes on; after the
 * last step a checkpoint or weights that cannot be written are a CheckpointError.
 *
 * A run that another process has taken over is a CheckpointError. The checkpoint is last, once log, metrics and samples are on the disk: it vouches for them.
 */
export async function keepStep(run: OpenRun, trainer: CycleGANTrainer, step: StepToKeep): Promise<void> {
  const { made, duties, entry, metrics, record } = step;
  const { folder } = run;
  if (entry || metrics || duties.sample || record) run.lock.check();
  if (entry) await tolerate(run, made, folder.log, () => run.log.append(entry));
  if (metrics) {
    await tolerate(run, made, folder.metrics, () => run.metrics.append(metrics));
    const score = { step: made.step, metric: "swd", value: metrics.swd };
    // What only the end measured is undone where the training is made longer.
    const until = record?.endMeasured ? made.step - 1 : (run.store.peek()?.step ?? 0);
    await tolerate(run, made, folder.checkpoints, () => keepBest(folder.checkpoints, trainer.weights, score, until));
  }
  if (duties.sample) {
    const path = samplePath(folder, made.step);
    await tolerate(run, made, path, async () => {
      const images = await trainer.visuals();
      step.onImages(images);
      return writeSampleGrid(path, images, step.columns);
    });
  }
  if (record) {
    const save = (): Promise<void> => saveAll(run, trainer, made.step, duties.save, record);
    await (made.last ? save() : tolerate(run, made, folder.checkpoints, save));
  }
  // The end is on the page also where the last step was left out.
  if (duties.sample || made.last) await tolerate(run, made, folder.report, () => writeReport(folder.path, run.reader));
  if (entry || metrics || duties.sample) await showInTensorboard(run, step);
}

async function showInTensorboard(run: OpenRun, { made, duties }: StepToKeep): Promise<void> {
  const { tensorboard, folder } = run;
  await tolerate(run, made, folder.path, () => tensorboard?.update(duties.sample ? made.step : undefined));
}

async function saveAll(
  { folder, store, log, metrics }: OpenRun,
  trainer: CycleGANTrainer,
  step: number,
  tags: readonly string[],
  record: TrainingRecord,
): Promise<void> {
  log.sync();
  metrics.sync();
  try {
    await saveNetworks(folder.checkpoints, tags, trainer.weights);
  } catch (error) {
    throw writeError(folder.checkpoints, error);
  }
  store.save({ step, state: await trainer.state(), record: formatRecord(record) });
  forgetReplaced(folder.checkpoints, record.endMeasured ? step - 1 : step);
}

/** Does something whose failure on the disk the training survives. */
async function tolerate(run: OpenRun, { step }: StepMade, path: string, work: () => void | Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const problem = writeError(path, error);
    if (!(problem instanceof CheckpointError)) throw error;
    const message = `step ${step}: ${problem.message} The training goes on; what was saved before is intact.`;
    run.onWarning(message);
    appendEvent(run.folder.events, { step, kind: "warning", message });
  }
}
