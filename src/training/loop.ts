/**
 * The training loop. Each turn: next batch, guarded step, what is due, measure, keep, report progress.
 */
import type { Batch } from "../data/dataset.js";
import type { DataListing } from "../data/image-folder.js";
import type { LoadedBatch, Loader } from "../data/loader.js";
import { trace } from "../gpu/trace.js";
import { tuneDevice } from "../driver/tune-device.js";
import type { Gpu } from "../gpu/gpu.js";
import { sweepLeftovers } from "../io/files.js";
import type { Losses, Metrics, Model, ModelDefinition, Watch } from "../models/model.js";
import { DataError, UnreachableError } from "../errors.js";
import { afterEpoch, noPlateau, type Plateau } from "../optim/plateau.js";
import { learningRate } from "../optim/schedule.js";
import { createRate } from "../rate.js";
import { heldOutAfter, readHeldOutProgress, type HeldOutProgress, type LogEntry, type MetricsEntry } from "../run/log.js";
import type { LoopRecord } from "../run/loop-record.js";
import type { TrainConfig } from "../run/options.js";
import type { ResumePoint } from "../run/resume.js";
import { shapesOf, stepWork } from "./dry-run/rehearse.js";
import type { FitCheck } from "./fit.js";
import { BrokenStepError, type StepGuard } from "./guard.js";
import { keepStep } from "./keep-step.js";
import { pathsOfRanks } from "./lead.js";
import { accessRun, createOpenRun, reopenRun, type RunAccess } from "./open-run.js";
import { dutiesAfter, endsEpoch } from "./plan.js";
import type { StepDuties, StepMade, TrainPlan } from "./plan.js";
import type { Relay } from "./relay.js";
import { createStepClock } from "./step-clock.js";
import type { TrainHooks, TrainResult } from "./train-result.js";

/** A training from its start, or from a checkpoint, with everything that it needs. */
export interface Session {
  readonly config: TrainConfig;
  readonly hooks: TrainHooks;
  readonly loader: Loader;
  /** What the loader says. */
  readonly warnings: Relay;
  readonly definition: ModelDefinition;
  readonly model: Model;
  readonly plan: TrainPlan;
  readonly gpu: Gpu;
  readonly from: ResumePoint | undefined;
  /** Measures the model on held-out images; absent if there is nothing to measure. */
  readonly evaluate: (() => Promise<Metrics>) | undefined;
  /** The images that every sample grid shows; empty: those of the step. */
  readonly shown: readonly Batch[];
  /** Whether a batch can be trained on. */
  readonly fits: FitCheck;
  readonly guard: StepGuard;
  /** The images of the data set. */
  readonly data: DataListing;
}

/** Makes all steps of a training and writes its run. Throws a BrokenStepError for a step that left NaN or infinity. */
export async function runSteps(session: Session): Promise<TrainResult> {
  const { config, gpu, hooks, from, guard, data } = session;
  const { onMessage = () => {} } = hooks;
  const existing = from && reopenRun(config, gpu, from, guard.returns, onMessage);
  const access = accessRun(existing, () => createOpenRun(config, gpu, data, onMessage), onMessage);
  try {
    return await new TrainingLoop(session, access).run();
  } catch (error) {
    const run = access.opened();
    if (error instanceof BrokenStepError && run) error.left = run.store.peek() ? "checkpoint" : "run";
    throw error;
  } finally {
    session.warnings.to(onMessage);
    const run = access.opened();
    if (run) for (const folder of [run.folder.path, run.folder.samples, run.folder.checkpoints]) sweepLeftovers(folder);
    run?.lock.release();
  }
}

class TrainingLoop {
  readonly #session: Session;
  readonly #access: RunAccess;
  readonly #watch: Watch | undefined;
  readonly #rate = createRate();
  readonly #clock = createStepClock();
  readonly #startedAt = performance.now();
  /** Losses of the newest step whose losses were read. */
  #losses: Losses | undefined;
  #heldOut: HeldOutProgress | undefined;
  #plateau: Plateau;
  /** The last step of this session, and whether it is saved. */
  #last: { readonly made: StepMade; readonly isSaved: boolean; readonly kept: Kept } | undefined;
  /** Number of samples seen. */
  #images: number;

  constructor(session: Session, access: RunAccess) {
    const { config, definition, plan, from } = session;
    this.#session = session;
    this.#access = access;
    this.#watch = definition.watch?.(config, plan.totalSteps);
    this.#losses = from?.record.losses;
    this.#heldOut = from && readHeldOutProgress(from.run.metrics, definition.metric, definition.better);
    this.#plateau = from?.record.plateau ?? noPlateau;
    this.#images = from?.record.images ?? 0;
  }

  async run(): Promise<TrainResult> {
    const { from, guard, warnings } = this.#session;
    const done = from?.checkpoint.step ?? 0;
    guard.begin(done, from?.record.skipped ?? [], this.#access.report);
    for (let step = done + 1; ; step++) {
      warnings.to((message) => this.#access.report({ step, kind: "warning", message }));
      const saveBefore = (error: unknown): Promise<never> => this.#saveBefore(error);
      const batch = await this.#nextBatch(step).catch(saveBefore);
      const lr = this.#rateIn(batch.epoch);
      const trained = (await this.#fits(step, batch).catch(saveBefore)) && (await this.#guardedStep(step, batch, lr));
      const made = this.#made(step, batch);
      const duties = this.#dueAfter(made, trained);
      await this.#readLosses(duties, trained);
      this.#clock.stop(batch.waitSeconds);
      const metrics = duties.evaluate ? await this.#measure(made) : undefined;
      await this.#keep(made, duties, { batch, lr, metrics });
      this.#last = { made, isSaved: duties.save.length > 0, kept: { batch, lr, metrics: undefined } };
      this.#reportProgress(made);
      if (made.last) return this.#result(made);
    }
  }

  #rateIn(epoch: number): number {
    const { config } = this.#session;
    return learningRate({ ...config, policy: config.lrPolicy, plateau: this.#plateau }, epoch);
  }

  /** Saves the last step if images fail, so that no work is lost, and throws the error again. */
  async #saveBefore(error: unknown): Promise<never> {
    const isOfImages = error instanceof DataError || error instanceof UnreachableError;
    if (isOfImages && this.#last !== undefined && !this.#last.isSaved) {
      const duties: StepDuties = { log: false, sample: false, evaluate: false, save: ["latest"] };
      await this.#readLosses(duties, true);
      await this.#keep(this.#last.made, duties, this.#last.kept);
    }
    throw error;
  }

  /** The next batch. With `--tune`, kernels are measured before the first step. */
  async #nextBatch(step: number): Promise<LoadedBatch> {
    const { config, definition, gpu, hooks } = this.#session;
    this.#clock.start();
    const batch = await this.#usableBatch(step);
    if (config.tune && step === 1) {
      const { onMessage = () => {}, signal } = hooks;
      await tuneDevice(gpu, stepWork(definition, config, shapesOf(batch.images)), onMessage, signal ? { signal } : {});
      this.#clock.start();
    }
    return batch;
  }

  /** The loader's next batch. A training that has no losses yet cannot leave out a step, so it leaves out the batch. */
  async #usableBatch(step: number): Promise<LoadedBatch> {
    const { loader } = this.#session;
    for (let tried = 0; tried < loader.batchesPerEpoch; tried++) {
      const batch = await loader.next();
      if (this.#losses !== undefined || (await this.#fits(step, batch))) return batch;
    }
    throw new DataError("The images of a whole epoch cannot be trained on: see the messages above.");
  }

  /**
   * Whether the batch can be trained on; otherwise its step is left out. The sizes of images that are not cropped differ, and
   * one may be too small for the networks or too large for the device.
   */
  async #fits(step: number, { images, paths }: LoadedBatch): Promise<boolean> {
    const { config, fits } = this.#session;
    const reason = config.preprocess.endsWith("crop") ? undefined : await fits(shapesOf(images));
    if (reason === undefined) return true;
    const names = Object.values(paths).flat().join(", ");
    if (config.strict) throw new DataError(`--strict: expected images that can be trained on, got ${names}. ${reason}`);
    const message = `Left out at step ${step}, because they cannot be trained on: ${names}. ${reason}`;
    this.#access.report({ step, kind: "skipped", message });
    return false;
  }

  /** Makes the step; false if it is left out. A timeline, if wanted, is taken of the third step: the first two compile. */
  async #guardedStep(step: number, batch: LoadedBatch, lr: number): Promise<boolean> {
    const { from, gpu, guard, hooks, model, plan } = this.#session;
    model.schedule({ step, epoch: batch.epoch, lr });
    const { group } = hooks;
    const pathsOf = ({ paths }: LoadedBatch): Promise<LoadedBatch["paths"]> => (group ? pathsOfRanks(group, paths) : Promise.resolve(paths));
    const make = (): Promise<boolean> => guard.step(step, batch, { gpu, model, report: this.#access.report, pathsOf });
    const traced = Math.min((from?.checkpoint.step ?? 0) + 3, plan.totalSteps);
    if (!hooks.onTrace || step !== traced) return make();
    let trained = false;
    hooks.onTrace(
      await trace(gpu, async () => {
        trained = await make();
      }),
    );
    return trained;
  }

  #made(step: number, { epoch, images }: LoadedBatch): StepMade {
    const { config, hooks, plan } = this.#session;
    // A divided batch is always whole, and its images here may be only those of this rank.
    const batchSize = config.microBatches > 1 ? config.batchSize : (Object.values(images)[0]?.shape[0] ?? 1);
    this.#images += batchSize;
    const interrupted = hooks.signal?.aborted ?? false;
    return { step, epoch, images: this.#images, batchSize, last: interrupted || step === plan.totalSteps };
  }

  /** The duties after the step. A step that is left out has no losses or images. */
  #dueAfter(made: StepMade, trained: boolean): StepDuties {
    const { config, evaluate, plan } = this.#session;
    const due = dutiesAfter(made, plan, config);
    return { ...due, evaluate: due.evaluate && evaluate !== undefined, ...(!trained && { log: false, sample: false }) };
  }

  async #readLosses({ log, sample, evaluate, save }: StepDuties, trained: boolean): Promise<void> {
    if (!log && !sample && !evaluate && save.length === 0) return;
    const newest = await this.#session.guard.losses(this.#session.model);
    if (trained) this.#losses = newest;
    this.#losses ??= newest;
  }

  async #measure({ step, epoch }: StepMade): Promise<MetricsEntry | undefined> {
    const { definition, evaluate } = this.#session;
    const metrics = await evaluate?.();
    const { metric = "", better } = definition;
    const value = metrics?.[metric];
    if (value !== undefined) {
      this.#heldOut = heldOutAfter(this.#heldOut, metric, { step, value }, better);
      this.#warn(step, this.#watch?.metric(step, value));
      if (endsEpoch(step, this.#session.plan)) this.#followPlateau(epoch, metric, value);
    }
    return metrics && { step, epoch, ...metrics };
  }

  /** With the plateau policy, takes the metric of an epoch, and says if the learning rate falls. */
  #followPlateau(epoch: number, metric: string, value: number): void {
    const { config, definition, hooks } = this.#session;
    if (config.lrPolicy !== "plateau") return;
    const { falls } = this.#plateau;
    this.#plateau = afterEpoch(this.#plateau, value, config.lr, definition.better);
    if (this.#plateau.falls === falls) return;
    hooks.onMessage?.(`After epoch ${epoch}: ${metric} no longer improves, and the learning rate falls to ${this.#rateIn(epoch).toPrecision(2)}.`);
  }

  async #keep(made: StepMade, duties: StepDuties, { batch, lr, metrics }: Kept): Promise<void> {
    const { step } = made;
    const entry = duties.log && this.#losses ? this.#logEntry(made, lr, this.#losses) : undefined;
    const record = this.#losses && this.#record(made, duties, batch, this.#losses);
    if (entry && this.#losses) this.#warn(step, this.#watch?.losses(step, this.#losses));
    await keepStep(this.#access.open(), this.#session, {
      made,
      duties,
      entry,
      metrics,
      record,
      onImages: (images) => this.#warn(step, this.#watch?.images(step, images)),
    });
    const { onLog, onMeasured } = this.#session.hooks;
    if (entry) onLog?.(entry);
    if (metrics) onMeasured?.(metrics);
  }

  /** The line of the log. The remaining time is computed from the rate of the last half minute, if it is known. */
  #logEntry({ step, epoch, batchSize }: StepMade, lr: number, losses: Losses): LogEntry {
    const { gpu, plan: { totalSteps } } = this.#session;
    const lap = this.#clock.lap();
    const imagesPerSecond = batchSize / lap.secondsPerStep;
    const secondsLeft = (totalSteps - step) / (this.#rate.perSecond() ?? 1 / lap.secondsPerStep);
    const { peakBytes } = gpu.stats;
    return { step, epoch, lr, ...lap, imagesPerSecond, secondsLeft, peakBytes, totalSteps, ...losses };
  }

  /** The loop's state for a checkpoint of this step; undefined if none is saved. */
  #record(made: StepMade, duties: StepDuties, { epoch, index }: LoadedBatch, losses: Losses): LoopRecord | undefined {
    if (duties.save.length === 0) return undefined;
    const { config, data, gpu, guard, plan } = this.#session;
    // The duties if the training had continued.
    const otherwise = dutiesAfter({ ...made, last: false }, { ...plan, totalSteps: Infinity }, config);
    return {
      epoch,
      index,
      images: made.images,
      endLogged: duties.log && !otherwise.log,
      endShown: duties.sample && !otherwise.sample,
      endMeasured: duties.evaluate && !otherwise.evaluate,
      config: { ...config, overwrite: false },
      losses,
      choices: Object.fromEntries(gpu.choices),
      data: data.fingerprint,
      offset: plan.offset ?? 0,
      ...(config.lrPolicy === "plateau" && { plateau: this.#plateau }),
      skipped: guard.skipped,
    };
  }

  #reportProgress({ step, epoch }: StepMade): void {
    const { hooks, plan: { totalSteps, lastEpoch } } = this.#session;
    this.#rate.note(step, performance.now() / 1000);
    const stepsPerSecond = this.#rate.perSecond();
    const secondsLeft = stepsPerSecond === undefined ? undefined : (totalSteps - step) / stepsPerSecond;
    hooks.onProgress?.({
      step,
      totalSteps,
      // Batches that were left out at first are made up for at the end.
      epoch: Math.min(epoch, lastEpoch),
      lastEpoch,
      stepsPerSecond,
      secondsLeft,
      losses: this.#losses,
      heldOut: this.#heldOut,
    });
  }

  #result({ step }: StepMade): TrainResult {
    const { path, report } = this.#access.open().folder;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const interrupted = step < this.#session.plan.totalSteps;
    return { run: path, report, steps: step, seconds, losses: this.#losses ?? {}, heldOut: this.#heldOut, interrupted };
  }

  #warn(step: number, messages: readonly string[] = []): void {
    for (const message of messages) this.#access.report({ step, kind: "warning", message });
  }
}

/** The data of a step that may be written. */
interface Kept {
  readonly batch: LoadedBatch;
  readonly lr: number;
  readonly metrics: MetricsEntry | undefined;
}
