import { join } from "node:path";
import type { LoadedBatch, Loader } from "../data/loader.js";
import type { Gpu } from "../gpu/gpu.js";
import { CycleGANTrainer, type Visuals } from "../models/cyclegan/trainer.js";
import type { Losses } from "../models/cyclegan/options.js";
import { openGpu } from "../open-gpu.js";
import { identityWeight, learningRate } from "../optim/schedule.js";
import { Random } from "../random.js";
import { writeReport } from "../report/report.js";
import { checkSettingNames } from "./check-setting-names.js";
import { checkTraining } from "./check-training.js";
import { trainConfig, type TrainConfig } from "./config.js";
import { createEvaluator } from "./evaluator.js";
import type { Evaluator } from "./evaluator.js";
import { dataFingerprint } from "./fingerprint.js";
import { BrokenStepError, StepGuard } from "./guard.js";
import { loadInitialWeights } from "./initial-weights.js";
import { keepStep } from "./keep-step.js";
import type { LogEntry } from "./log.js";
import { heldOutAfter, readHeldOutProgress } from "./metrics-log.js";
import { openLoader } from "./open-loader.js";
import { createOpenRun, reopenRun } from "./open-run.js";
import { dutiesAfter, planTraining } from "./plan.js";
import type { StepDuties, StepMade, TrainPlan } from "./plan.js";
import type { HeldOutProgress, TrainProgress } from "./progress.js";
import { createRate } from "./rate.js";
import { hasSavedNothing, openResumePoint, type ResumePoint } from "./resume.js";
import type { StepShapes } from "./rehearse.js";
import { accessRun, type RunAccess } from "./run-access.js";
import { outwait } from "./run-lock.js";
import { createStepClock } from "./step-clock.js";
import type { TrainingRecord } from "./training-record.js";
import { stepWork, tuneDevice } from "./tune-device.js";
import { createWatch } from "./warnings.js";

export interface TrainHooks {
  /**
   * Whether to go on with the run of that name from its newest checkpoint, instead of making it; the settings are then all of
   * the run's own, which `resumedConfig` reads.
   */
  readonly resume?: boolean;
  /** After every step. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Warnings, a line each. */
  readonly onMessage?: (text: string) => void;
  /** Ends the training after the step at hand; its weights are saved. */
  readonly signal?: AbortSignal;
}

export interface TrainResult {
  /** Folder of the run. */
  readonly run: string;
  /** Its page, index.html. */
  readonly report: string;
  readonly steps: number;
  readonly seconds: number;
  /** Of the last step. */
  readonly losses: Losses;
  /** What held-out images said last; undefined where nothing was measured. */
  readonly heldOut: HeldOutProgress | undefined;
  /** Whether the signal ended it early. */
  readonly interrupted: boolean;
}

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

interface Session {
  readonly config: TrainConfig;
  readonly hooks: TrainHooks;
  readonly loader: Loader;
  readonly trainer: CycleGANTrainer;
  readonly plan: TrainPlan;
  readonly gpu: Gpu;
  readonly from: ResumePoint | undefined;
  readonly evaluator: Evaluator | undefined;
  readonly guard: StepGuard;
}

async function runSteps(session: Session): Promise<TrainResult> {
  const { config, gpu, hooks, from, guard } = session;
  const { onMessage = () => {} } = hooks;
  const data = from?.record.data ?? dataFingerprint(config.dataroot);
  const existing = from && reopenRun(config, gpu, from, guard.returns, onMessage);
  // Made once the first step has succeeded.
  const access = accessRun(existing, () => createOpenRun(config, gpu, data, onMessage), onMessage);
  try {
    return await stepAfterStep(session, data, access);
  } catch (error) {
    const run = access.opened();
    if (error instanceof BrokenStepError && run) error.left = run.store.peek() ? "checkpoint" : "run";
    throw error;
  } finally {
    access.opened()?.lock.release();
  }
}

async function stepAfterStep(session: Session, data: string, { open, report }: RunAccess): Promise<TrainResult> {
  const { config, hooks, loader, trainer, plan, gpu, from, evaluator, guard } = session;
  const startedAt = performance.now();
  const rate = createRate();
  const clock = createStepClock();
  let losses = from?.record.losses;
  let heldOut = from && readHeldOutProgress(from.run.metrics);
  let images = from?.record.images ?? 0;
  const first = (from?.checkpoint.step ?? 0) + 1;
  const watch = createWatch({ ...config, totalSteps: plan.totalSteps });
  guard.begin(first - 1, from?.record.skipped ?? [], report);
  for (let step = first; ; step++) {
    clock.start();
    const batch = await loader.next();
    if (config.tune && step === 1) {
      await tuneFor(session, { a: batch.a.shape, b: batch.b.shape });
      clock.start();
    }
    const { epoch } = batch;
    const lr = learningRate({ ...config, policy: config.lrPolicy }, epoch);
    trainer.setLearningRate(lr);
    trainer.setIdentityWeight(identityWeight(config, epoch));
    const part = step <= config.dWarmup ? "discriminators" : "all";
    const trained = await guard.step(step, batch, part, { gpu, trainer, report });
    const batchSize = batch.a.shape[0];
    images += batchSize;
    const interrupted = hooks.signal?.aborted ?? false;
    const made = { step, epoch, images, batchSize, last: interrupted || step === plan.totalSteps };
    const due = dutiesAfter(made, plan, config);
    // A step that is left out has no losses and images of its own.
    const duties = trained ? due : { ...due, log: false, sample: false };
    const evaluate = duties.evaluate ? evaluator : undefined;
    if (duties.log || duties.sample || evaluate || duties.save.length > 0) {
      const newest = await guard.losses(trainer);
      losses = trained ? newest : (losses ?? newest);
    }
    clock.stop(batch.waitSeconds);
    const run = open();
    const warn = (messages: readonly string[]): void => {
      for (const message of messages) report({ step, kind: "warning", message });
    };
    const entry = duties.log && losses ? { step, epoch, lr, ...paceOf(session, made, clock.lap(), rate.perSecond()), ...losses } : undefined;
    const metrics = evaluate && { step, epoch, ...(await evaluate(trainer.generators)) };
    if (metrics) heldOut = heldOutAfter(heldOut, metrics);
    const choices = Object.fromEntries(gpu.choices);
    const record = losses && recordOf(session, { batch, made, duties, losses, choices, data, skipped: guard.skipped });
    const onImages = (shown: Visuals): void => warn(watch.images(step, shown));
    // Before the page, which shows them.
    if (metrics) warn(watch.metric(step, metrics.swd));
    if (entry) warn(watch.losses(step, entry));
    await keepStep(run, trainer, { made, duties, entry, metrics, record, onImages });
    rate.note(step, performance.now() / 1000);
    hooks.onProgress?.({ ...progressAfter(made, plan, rate.perSecond(), losses), heldOut });
    if (made.last && losses) {
      const { path, report } = run.folder;
      return { run: path, report, steps: step, seconds: secondsSince(startedAt), losses, heldOut, interrupted };
    }
  }
}

type Pace = Pick<LogEntry, "secondsPerStep" | "dataWait" | "imagesPerSecond" | "secondsLeft" | "peakBytes" | "totalSteps">;

/** How fast it goes and what it takes; the time left is by the rate of the last half minute, where there is one. */
function paceOf(
  { plan: { totalSteps }, gpu }: Session,
  { step, batchSize }: StepMade,
  lap: Pick<LogEntry, "secondsPerStep" | "dataWait">,
  stepsPerSecond: number | undefined,
): Pace {
  const imagesPerSecond = batchSize / lap.secondsPerStep;
  const secondsLeft = (totalSteps - step) / (stepsPerSecond ?? 1 / lap.secondsPerStep);
  return { ...lap, imagesPerSecond, secondsLeft, peakBytes: gpu.stats.peakBytes, totalSteps };
}

function tuneFor({ gpu, config, hooks }: Session, shapes: StepShapes): Promise<unknown> {
  const { onMessage = () => {}, signal } = hooks;
  return tuneDevice(gpu, stepWork(config, shapes), onMessage, signal ? { signal } : {});
}

interface RecordParts extends Pick<TrainingRecord, "losses" | "choices" | "data" | "skipped"> {
  readonly batch: LoadedBatch;
  readonly made: StepMade;
  readonly duties: StepDuties;
}

/** What a checkpoint of this step remembers of the loop; undefined where none is saved. */
function recordOf({ config, plan }: Session, { batch, made, duties, ...rest }: RecordParts): TrainingRecord | undefined {
  if (duties.save.length === 0) return undefined;
  // As if the training had gone on.
  const otherwise = dutiesAfter({ ...made, last: false }, { ...plan, totalSteps: Infinity }, config);
  const { epoch, index } = batch;
  const endLogged = duties.log && !otherwise.log;
  const endShown = duties.sample && !otherwise.sample;
  const ends = { endLogged, endShown, endMeasured: duties.evaluate && !otherwise.evaluate };
  return { epoch, index, images: made.images, ...ends, config: { ...config, overwrite: false }, ...rest };
}

function progressAfter(
  { step, epoch }: StepMade,
  { totalSteps, totalEpochs }: TrainPlan,
  stepsPerSecond: number | undefined,
  losses: Losses | undefined,
): TrainProgress {
  const secondsLeft = stepsPerSecond === undefined ? undefined : (totalSteps - step) / stepsPerSecond;
  return { step, totalSteps, epoch, totalEpochs, stepsPerSecond, secondsLeft, losses };
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}
