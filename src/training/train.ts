import { join } from "node:path";
import type { Gpu } from "../gpu/gpu.js";
import { CycleGANTrainer } from "../models/cyclegan/trainer.js";
import { openGpu } from "../open-gpu.js";
import { Random } from "../random.js";
import { writeReport } from "../report/report.js";
import { checkSettingNames } from "./check-setting-names.js";
import { checkTraining } from "./check-training.js";
import { trainConfig, type TrainConfig } from "./config.js";
import { createEvaluator } from "../models/cyclegan/evaluator.js";
import { BrokenStepError, StepGuard } from "./guard.js";
import { loadInitialWeights } from "./initial-weights.js";
import { readHeldOutProgress } from "../run/metrics-log.js";
import { openLoader } from "./open-loader.js";
import { planTraining } from "./plan.js";
import { hasSavedNothing, openResumePoint, type ResumePoint } from "../run/resume.js";
import { outwait } from "../run/lock.js";
import { runSteps } from "./loop.js";
import type { TrainHooks, TrainResult } from "./train-result.js";

/**
 * Trains a CycleGAN and keeps its run folder: settings, log, samples, weights, checkpoints and page. Settings that are left
 * out have their defaults; `dataroot` must be there.
 *
 * Nothing is written before the first step has succeeded. With `resume` the run goes on to the same bits as if it had never
 * been interrupted. Throws UsageError for settings, DataError for images, CheckpointError for the run folder or a last
 * save that fails, DeviceError for the device, NonFiniteError when NaN or infinity come up again and again: `StepGuard`.
 */
export async function train(settings: Partial<TrainConfig>, hooks: TrainHooks = {}): Promise<TrainResult> {
  const startedAt = performance.now();
  checkSettingNames(settings, "train");
  const config = trainConfig(settings);
  const guard = new StepGuard(config.maxRestores);
  const [begun, resumed] = startOf(config, hooks);
  let [attempted, resume] = [begun, resumed];
  for (;;) {
    try {
      const result = await attempt(attempted, { ...hooks, resume }, guard);
      return { ...result, seconds: secondsSince(startedAt) };
    } catch (error) {
      if (!(error instanceof BrokenStepError)) throw error;
      // Back to the newest checkpoint; without one, to the first weights, in place of the run that was just made.
      resume = error.left === "checkpoint";
      attempted = error.left === "run" ? { ...begun, overwrite: true } : begun;
    }
  }
}

/** What a training begins with: a run that was interrupted before its first save begins again. */
function startOf(config: TrainConfig, { resume = false, onMessage }: TrainHooks): [config: TrainConfig, resume: boolean] {
  if (!resume || !hasSavedNothing(config)) return [config, resume];
  onMessage?.(`${join(config.runsDir, config.name)} was interrupted before its first save: it is trained from its seed again.`);
  return [{ ...config, overwrite: true }, false];
}

/** The training up to its end, or to a step that is broken: then it throws a BrokenStepError. */
async function attempt(config: TrainConfig, hooks: TrainHooks, guard: StepGuard): Promise<TrainResult> {
  const { resume = false, onMessage = () => {} } = hooks;
  checkTraining(config, resume);
  if (!resume) return attemptFrom(undefined, config, hooks, guard);
  await outwait(join(config.runsDir, config.name), onMessage);
  const from = openResumePoint(config, onMessage);
  try {
    return await attemptFrom(from, config, hooks, guard);
  } finally {
    from.lock.release();
  }
}

async function attemptFrom(from: ResumePoint | undefined, config: TrainConfig, hooks: TrainHooks, guard: StepGuard): Promise<TrainResult> {
  const { onMessage = () => {} } = hooks;
  const random = new Random(config.seed);
  const start = from && { epoch: from.record.epoch, index: from.record.index + 1 };
  const loader = openLoader(config, random.stream("data"), onMessage, start);
  try {
    const plan = planTraining(config, loader.imagesPerEpoch);
    if (from && from.checkpoint.step >= plan.totalSteps) return await finished(from, onMessage);
    using gpu = await openGpu({ adapter: config.adapter });
    const trainer = new CycleGANTrainer(gpu, config, random.stream("model"));
    try {
      if (from) restore(gpu, trainer, from);
      else await loadInitialWeights(config, trainer.networks);
      const evaluator = await createEvaluator(gpu, config, onMessage);
      return await runSteps({ config, hooks, loader, trainer, plan, gpu, from, evaluator, guard });
    } finally {
      trainer.dispose();
    }
  } finally {
    await loader.close();
  }
}

function restore(gpu: Gpu, trainer: CycleGANTrainer, { checkpoint, record }: ResumePoint): void {
  // The variants that the run was trained with, whatever has been measured since.
  for (const [work, variant] of Object.entries(record.choices)) gpu.choices.set(work, variant);
  trainer.restore(checkpoint.state);
}

/** The result of a training that has nothing left to do. */
async function finished({ run, checkpoint, record }: ResumePoint, onMessage: (text: string) => void): Promise<TrainResult> {
  const { step } = checkpoint;
  onMessage(`${run.path} is trained to its end, step ${step}. Give more --n-epochs, or a larger --max-steps, to train on.`);
  await writeReport(run.path);
  const heldOut = readHeldOutProgress(run.metrics);
  return { run: run.path, report: run.report, steps: step, seconds: 0, losses: record.losses, heldOut, interrupted: false };
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
