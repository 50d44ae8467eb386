/** `train`: a training from its settings to its result, including returns to a checkpoint after NaN or infinity. */
import { join } from "node:path";
import { groupOfAttempt, type ProcessGroup } from "../distributed/process-group.js";
import { errorOf } from "../errors.js";
import type { Settings } from "../models/model.js";
import { openGpu } from "../open-gpu.js";
import { Random } from "../random.js";
import { presentationOf } from "../report/presentation.js";
import { writeReport } from "../report/report.js";
import { outwait } from "../run/lock.js";
import { readHeldOutProgress } from "../run/log.js";
import { checkSettingNames, modelOf, trainConfig, type TrainConfig } from "../run/options.js";
import { hasSavedNothing, openResumePoint, type ResumePoint } from "../run/resume.js";
import { datasetAt, describeImages, listData } from "../data/image-folder.js";
import { checkTraining } from "./checks.js";
import { withClasses } from "./classes.js";
import { describeShown, describeTraining } from "./describe.js";
import { checkCropFits, createFitCheck } from "./fit.js";
import { BrokenStepError, StepGuard } from "./guard.js";
import { evaluationOf, imagesToShow, openLoader } from "./images.js";
import { beginRanks, interruptOfRanks, leadingModel } from "./lead.js";
import { runSteps } from "./loop.js";
import { offsetOf, planTraining } from "./plan.js";
import { createRelay } from "./relay.js";
import { loadStartingWeights } from "./starting-weights.js";
import type { TrainHooks, TrainResult } from "./train-result.js";

/**
 * Trains a model, by default a CycleGAN, and writes its run folder: settings, log, samples, weights, checkpoints and page.
 * Settings that are left out have their defaults; `dataroot`, or `a` and `b`, are required.
 *
 * Nothing is written before the first step has succeeded. With `resume` the run continues to the same bits as if it had
 * never been interrupted. Throws UsageError for settings, DataError for images, UnreachableError for images whose disk stays away
 * (the last step is then saved), CheckpointError for the run folder or a failed last save, DeviceError for the device, and NonFiniteError if NaN or infinity occur again and again (see `StepGuard`).
 */
export async function train(settings: Settings, hooks: TrainHooks = {}): Promise<TrainResult> {
  const { group } = hooks;
  try {
    const result = await trainGuarded(settings, group ? { ...hooks, signal: interruptOfRanks(group, hooks.signal) } : hooks);
    group?.broadcast("command", { op: "end" });
    return result;
  } catch (error) {
    group?.abort(`Rank 0: ${errorOf(error).message}`);
    throw error;
  }
}

/** Trains, with returns to a checkpoint. */
async function trainGuarded(settings: Settings, hooks: TrainHooks): Promise<TrainResult> {
  const startedAt = performance.now();
  checkSettingNames(settings, "train");
  const config = withClasses(trainConfig(settings));
  const guard = new StepGuard(config.maxRestores);
  const [begun, resumed] = startOf(config, hooks);
  let [attempted, resume] = [begun, resumed];
  for (;;) {
    try {
      const result = await attempt(attempted, { ...hooks, resume }, guard);
      return { ...result, seconds: secondsSince(startedAt) };
    } catch (error) {
      if (!(error instanceof BrokenStepError)) throw error;
      // Return to the newest checkpoint or, if there is none, to the first weights, and replace the run that was just made.
      resume = error.left === "checkpoint";
      attempted = error.left === "run" ? { ...begun, overwrite: true } : begun;
    }
  }
}

/** The settings to begin with. A run that was interrupted before its first save begins again. */
function startOf(config: TrainConfig, { resume = false, onMessage }: TrainHooks): [config: TrainConfig, resume: boolean] {
  if (!resume || !hasSavedNothing(config)) return [config, resume];
  onMessage?.(`${join(config.runsDir, config.name)} was interrupted before its first save: it is trained from its seed again.`);
  return [{ ...config, overwrite: true }, false];
}

/** Trains to the end. Throws a BrokenStepError at a broken step. */
async function attempt(config: TrainConfig, hooks: TrainHooks, guard: StepGuard): Promise<TrainResult> {
  const { resume = false, allowChangedData = false, onMessage = () => {} } = hooks;
  checkTraining(config, resume, hooks.group?.worldSize);
  if (!resume) return attemptFrom(undefined, config, hooks, guard);
  await outwait(join(config.runsDir, config.name), onMessage);
  const from = openResumePoint(config, onMessage, allowChangedData);
  try {
    return await attemptFrom(from, config, hooks, guard);
  } finally {
    from.lock.release();
  }
}

async function attemptFrom(from: ResumePoint | undefined, config: TrainConfig, hooks: TrainHooks, guard: StepGuard): Promise<TrainResult> {
  const { onMessage = () => {}, group } = hooks;
  const definition = modelOf(config);
  const random = new Random(config.seed);
  const start = from ? { epoch: from.record.epoch, index: from.record.index + 1 } : { epoch: config.epochCount, index: 0 };
  const warnings = createRelay(onMessage);
  const loader = openLoader(config, random.stream("data"), { onWarning: warnings.send, signal: hooks.signal, start, share: group });
  try {
    const plan = planTraining(config, loader.imagesPerEpoch, from && offsetAt(from, config, loader.batchesPerEpoch));
    if (from && from.checkpoint.step >= plan.totalSteps) return await finished(from, config, onMessage);
    const data = from?.data ?? listData(datasetAt(definition.dataset, config), config);
    using gpu = await openGpu({ adapter: config.adapter });
    const own = definition.create(gpu, config, random.stream("model"), group && groupOfAttempt(group, guard.restores));
    const model = group ? leadingModel(own, group) : own;
    try {
      for (const choice of Object.entries(from?.record.choices ?? {})) gpu.choices.set(...choice);
      if (group) await beginRanks(group, gpu, { attempt: guard.restores, config, choices: [...gpu.choices], fingerprint: data.fingerprint, start }, onMessage);
      if (from) model.restore(from.checkpoint.state);
      else if ((await loadStartingWeights(definition, model, config)) && group) model.restore(await model.state());
      onMessage(describeImages(datasetAt(definition.dataset, config), config, "train"));
      onMessage(describeTraining(definition, model, config, plan));
      for (const line of describeShown(definition, config)) onMessage(line);
      const share = shareOf(config, group);
      const fits = createFitCheck(gpu, definition, share);
      await checkCropFits(fits, definition, share);
      const evaluate = await evaluationOf(model, config, onMessage);
      const shown = model.show ? await imagesToShow(config, onMessage) : [];
      return await runSteps({ config, hooks, loader, warnings, definition, model, plan, gpu, from, evaluate, shown, fits, guard, data });
    } finally {
      model.dispose();
    }
  } finally {
    await loader.close();
  }
}

/** The offset of a training that continues. */
function offsetAt({ checkpoint, record, change }: ResumePoint, { epochCount }: TrainConfig, stepsPerEpoch: number): number {
  return change === undefined ? record.offset : offsetOf(checkpoint.step, record, stepsPerEpoch, epochCount);
}

/** The settings of what a rank computes. */
function shareOf(config: TrainConfig, { worldSize }: Pick<ProcessGroup, "worldSize"> = { worldSize: 1 }): TrainConfig {
  return { ...config, batchSize: config.batchSize / worldSize, microBatches: config.microBatches / worldSize };
}

/** The result of a run that has been trained to its end. */
async function finished({ run, checkpoint, record }: ResumePoint, config: TrainConfig, onMessage: (text: string) => void): Promise<TrainResult> {
  const { step } = checkpoint;
  const definition = modelOf(config);
  onMessage(`${run.path} is trained to its end, step ${step}. To train it longer, raise --n-epochs or --max-steps.`);
  await writeReport(run.path, presentationOf(definition, config), { ended: true });
  const heldOut = readHeldOutProgress(run.metrics, definition.metric, definition.better);
  return { run: run.path, report: run.report, steps: step, seconds: 0, losses: record.losses, heldOut, interrupted: false };
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
