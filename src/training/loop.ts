import type { LoadedBatch, Loader } from "../data/loader.js";
import type { Gpu } from "../gpu/gpu.js";
import type { CycleGANTrainer, Visuals } from "../models/cyclegan/trainer.js";
import type { Losses } from "../models/cyclegan/options.js";
import { identityWeight, learningRate } from "../optim/schedule.js";
import { sampleColumns } from "../report/sample-grid.js";
import type { TrainConfig } from "./config.js";
import type { Evaluator } from "../models/cyclegan/evaluator.js";
import { dataFingerprint } from "./fingerprint.js";
import { BrokenStepError, type StepGuard } from "./guard.js";
import { keepStep } from "./keep-step.js";
import type { LogEntry } from "../run/log.js";
import { heldOutAfter, readHeldOutProgress } from "../run/metrics-log.js";
import { createOpenRun, reopenRun } from "../run/open.js";
import { dutiesAfter } from "./plan.js";
import type { StepDuties, StepMade, TrainPlan } from "./plan.js";
import type { TrainProgress } from "./progress.js";
import { createRate } from "./rate.js";
import type { ResumePoint } from "../run/resume.js";
import type { StepShapes } from "./dry-run/rehearse.js";
import { accessRun, type RunAccess } from "../run/access.js";
import { createStepClock } from "./step-clock.js";
import type { TrainHooks, TrainResult } from "./train-result.js";
import type { TrainingRecord } from "./training-record.js";
import { stepWork, tuneDevice } from "./tune-device.js";
import { createWatch } from "../models/cyclegan/watch.js";

/** One training that goes on from a checkpoint or begins, with all that it needs. */
export interface Session {
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

/** All steps of a training and what is kept of them. Throws a BrokenStepError for a step that left NaN or infinity. */
export async function runSteps(session: Session): Promise<TrainResult> {
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
  const columns = sampleColumns(config.lambdaIdentity);
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
    await keepStep(run, trainer, { made, duties, entry, metrics, record, columns, onImages });
    rate.note(step, performance.now() / 1000);
    hooks.onProgress?.({ ...progressAfter(made, plan, rate.perSecond(), losses), heldOut });
    if (made.last && losses) {
      const { path, report } = run.folder;
      return { run: path, report, steps: step, seconds: (performance.now() - startedAt) / 1000, losses, heldOut, interrupted };
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
