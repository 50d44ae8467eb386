import type { Loader } from "../data/loader.js";
import { CycleGANTrainer } from "../models/cyclegan/trainer.js";
import type { Losses } from "../models/cyclegan/options.js";
import { openGpu } from "../node.js";
import { learningRate } from "../optim/schedule.js";
import { Random } from "../random.js";
import { writeReport } from "../report/report.js";
import { writeSampleGrid } from "../report/sample-grid.js";
import { checkTraining } from "./check-training.js";
import { saveWeights } from "./checkpoint.js";
import type { TrainConfig } from "./config.js";
import { appendLog, checkLosses } from "./log.js";
import { dutiesAfter, planTraining } from "./plan.js";
import type { StepDuties, StepMade, TrainPlan } from "./plan.js";
import type { TrainProgress } from "./progress.js";
import { openLoader } from "./open-loader.js";
import { createRate } from "./rate.js";
import { createRunFolder, samplePath } from "./run-folder.js";
import type { RunFolder } from "./run-folder.js";
import type { StepShapes } from "./rehearse.js";
import { createStepClock } from "./step-clock.js";
import { stepWork, tuneDevice } from "./tune-device.js";

export interface TrainHooks {
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
  /** Whether the signal ended it early. */
  readonly interrupted: boolean;
}

/**
 * Trains a CycleGAN and keeps its run folder: settings, log, samples, weights and page.
 *
 * Nothing is written before the first step has succeeded. Throws UsageError for settings, DataError for images,
 * CheckpointError for the run folder, DeviceError for the device, CycleGANError when the losses stop being numbers.
 */
export async function train(config: TrainConfig, hooks: TrainHooks = {}): Promise<TrainResult> {
  checkTraining(config);
  const gpu = await openGpu({ adapter: config.adapter });
  try {
    const random = new Random(config.seed);
    const loader = openLoader(config, random.stream("data"), hooks.onMessage);
    try {
      const trainer = new CycleGANTrainer(gpu, config, random.stream("model"));
      try {
        const plan = planTraining(config, loader.imagesPerEpoch);
        const tuneFor = (shapes: StepShapes): Promise<unknown> =>
          tuneDevice(gpu, stepWork(config, shapes), hooks.onMessage ?? (() => {}), hooks.signal ? { signal: hooks.signal } : {});
        return await runSteps({ config, hooks, loader, trainer, plan, tuneFor });
      } finally {
        trainer.dispose();
      }
    } finally {
      await loader.close();
    }
  } finally {
    gpu.dispose();
  }
}

interface Session {
  readonly config: TrainConfig;
  readonly hooks: TrainHooks;
  readonly loader: Loader;
  readonly trainer: CycleGANTrainer;
  readonly plan: TrainPlan;
  readonly tuneFor: (shapes: StepShapes) => Promise<unknown>;
}

async function runSteps(session: Session): Promise<TrainResult> {
  const { config, hooks, loader, trainer, plan, tuneFor } = session;
  const startedAt = performance.now();
  const rate = createRate();
  const clock = createStepClock();
  let run: RunFolder | undefined;
  let losses: Losses | undefined;
  let images = 0;
  for (let step = 1; ; step++) {
    clock.start();
    const batch = await loader.next();
    if (config.tune && step === 1) {
      await tuneFor({ a: batch.a.shape, b: batch.b.shape });
      clock.start();
    }
    const { epoch } = batch;
    const lr = learningRate({ ...config, policy: config.lrPolicy }, epoch);
    trainer.setLearningRate(lr);
    await trainer.step(batch.a, batch.b);
    const batchSize = batch.a.shape[0];
    images += batchSize;
    const interrupted = hooks.signal?.aborted ?? false;
    const made = { step, epoch, images, batchSize, last: interrupted || step === plan.totalSteps };
    const duties = dutiesAfter(made, plan, config);
    if (duties.log || duties.save.length > 0) {
      losses = await trainer.losses();
      checkLosses(losses, step);
    }
    clock.stop(batch.waitSeconds);
    run ??= createRunFolder(config);
    if (duties.log && losses) appendLog(run.log, { step, epoch, lr, ...clock.lap(), ...losses });
    await keep(run, trainer, made, duties);
    rate.note(step, performance.now() / 1000);
    hooks.onProgress?.(progressAfter(made, plan, rate.perSecond(), losses));
    if (made.last && losses) {
      return { run: run.path, report: run.report, steps: step, seconds: secondsSince(startedAt), losses, interrupted };
    }
  }
}

async function keep(run: RunFolder, trainer: CycleGANTrainer, { step }: StepMade, duties: StepDuties): Promise<void> {
  if (duties.save.length > 0) await saveWeights(run.checkpoints, duties.save, trainer.networks);
  if (!duties.sample) return;
  await writeSampleGrid(samplePath(run, step), await trainer.visuals());
  await writeReport(run.path);
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
