/** A worker of a queue: translates images of a job until all are done. */
import { hostname } from "node:os";
import type { Job } from "bullmq";
import { CheckpointError, CycleGANError, DataError, NonFiniteError, UnreachableError } from "../../errors.js";
import type { Gpu } from "../../gpu/gpu.js";
import { takesNothing } from "../../io/files.js";
import { activationsOf } from "../../models/parts/precision.js";
import { openGpu } from "../../open-gpu.js";
import { createRate } from "../../rate.js";
import { buildFound } from "../find-generator.js";
import { ImageWork } from "../image-work.js";
import { DEATHS, queueError, reasonOf, type QueuedImage, type QueueProgress, type TranslationQueue } from "./translation-queue.js";
import { locate, type WorkerPlan } from "./worker-plan.js";

export interface WorkOptions {
  /** Seconds after which the images of a worker that gave no sign of life go to others; default 60. */
  readonly lease?: number | undefined;
  /** Stays when all images are done, and waits for more; default false. */
  readonly stay?: boolean | undefined;
}

/** What this worker did. */
export interface WorkerCounts {
  readonly done: number;
  /** Images that it gave up. */
  readonly failed: number;
}

export interface WorkProgress extends QueueProgress {
  readonly own: WorkerCounts;
  /** Of all workers, over the last half minute; undefined at first. */
  readonly imagesPerSecond: number | undefined;
  /** The most device memory that this worker used. */
  readonly peakBytes: number;
}

export interface WorkHooks {
  readonly onProgress?: (progress: WorkProgress) => void;
  /** Receives how many seconds an image took on the device and in writing. */
  readonly onImage?: ((seconds: number) => void) | undefined;
  /** Receives the tiles of all passes over the current image, if it is computed in tiles. */
  readonly onTile?: (done: number, total: number) => void;
  /** Receives warnings and images that were given up, one line each. */
  readonly onMessage?: (text: string) => void;
  /** Ends the work after the current image. */
  readonly signal?: AbortSignal;
}

export interface WorkResult extends WorkerCounts {
  /** The progress of the job; undefined if the work ended before it was known. */
  readonly job: QueueProgress | undefined;
}

/** Seconds between looks at the progress of the job. */
const LOOK = 1;

/**
 * Translates images of the job until all are done or the signal comes. An image that cannot be read or written is given up, with its
 * error in the queue. If the disk or the device fails, the image goes to another worker and this one ends with the error.
 */
export async function work(queue: TranslationQueue, plan: WorkerPlan, options: WorkOptions, hooks: WorkHooks): Promise<WorkResult> {
  const { adapter, precision = "f32" } = plan.options;
  const gpu = await openGpu(adapter === undefined ? {} : { adapter });
  try {
    activationsOf(gpu, precision);
    const generator = await buildFound(gpu, plan.generator);
    const advice = "Look at the disk, then start the worker again. Its image goes to another worker.";
    const images = new ImageWork(gpu, generator, plan.generator, { ...plan.options, folder: plan.folder }, { ...hooks, advice });
    return await new QueueWorker(queue, plan, images, gpu, hooks).run(options);
  } finally {
    gpu.dispose();
    plan.folder.sweep();
  }
}

class QueueWorker {
  readonly #queue: TranslationQueue;
  readonly #plan: WorkerPlan;
  readonly #images: ImageWork;
  readonly #gpu: Gpu;
  readonly #hooks: WorkHooks;
  #own: WorkerCounts = { done: 0, failed: 0 };
  #progress: QueueProgress | undefined;
  readonly #rate = createRate();
  /** Settles when the device is free. */
  #device: Promise<void> = Promise.resolve();
  #isEnding = false;
  /** Ends the work, with the error if there is one. */
  #end: (error?: unknown) => void = () => {};
  readonly #ended: Promise<unknown>;

  constructor(queue: TranslationQueue, plan: WorkerPlan, images: ImageWork, gpu: Gpu, hooks: WorkHooks) {
    this.#queue = queue;
    this.#plan = plan;
    this.#images = images;
    this.#gpu = gpu;
    this.#hooks = hooks;
    this.#ended = new Promise((resolve) => {
      this.#end = (error) => {
        this.#isEnding = true;
        resolve(error);
      };
    });
  }

  async run({ lease = 60, stay = false }: WorkOptions): Promise<WorkResult> {
    const { signal } = this.#hooks;
    const { libraries, connection, location, name } = this.#queue;
    signal?.addEventListener("abort", () => this.#end(), { once: true });
    if (signal?.aborted) this.#end();
    const worker = new libraries.bullmq.Worker<QueuedImage>(name, (job, token) => this.#process(job, token), {
      ...location,
      name: `${hostname()}:${process.pid}`,
      // While the device has one image, the next is read.
      concurrency: 2,
      lockDuration: 1000 * lease,
      stalledInterval: 500 * lease,
      maxStalledCount: DEATHS - 1,
    });
    worker.on("failed", (job, error) => {
      const reason = reasonOf(error.message);
      // All other errors were told where they were thrown.
      if (job && reason !== error.message) this.#giveUp(`${job.data.from}: ${reason}`);
    });
    worker.on("stalled", () => this.#hooks.onMessage?.("A worker gave no sign of life. Its image goes to another worker."));
    let told = "";
    worker.on("error", (error) => {
      const text = queueError(error.message);
      // The connection tells its own errors. At the end the job may be gone, and the reason was told.
      if (!connection.isReady || this.#isEnding || text === told) return;
      told = text;
      this.#hooks.onMessage?.(text);
    });
    connection.lost.catch((error: unknown) => this.#end(error));
    void this.#watch(stay);
    const error = await this.#ended;
    // Without a server, nobody can be told about an image: it goes to another worker.
    await this.#device;
    await Promise.race([worker.close(!connection.isReady), connection.lost.catch(() => {})]);
    if (error !== undefined) throw error;
    return { ...this.#own, job: connection.isReady ? await this.#queue.progress() : this.#progress };
  }

  /** Follows the progress of the job, to its end. */
  async #watch(stay: boolean): Promise<void> {
    try {
      while (!this.#isEnding) {
        const progress = await this.#queue.progress();
        this.#progress = progress;
        if ((await this.#queue.settings())?.id !== this.#plan.job) throw this.#gone();
        this.#rate.note(progress.done + progress.failed, performance.now() / 1000);
        const { peakBytes } = this.#gpu.stats;
        this.#hooks.onProgress?.({ ...progress, own: this.#own, imagesPerSecond: this.#rate.perSecond(), peakBytes });
        if (!stay && progress.active + progress.waiting === 0) return this.#end();
        await Promise.race([this.#ended, new Promise((resolve) => setTimeout(resolve, 1000 * LOOK))]);
      }
    } catch (error) {
      this.#end(error);
    }
  }

  #gone(): CycleGANError {
    return new CycleGANError(`The job ${this.#queue.name} is no longer on the server, so this worker ends.`);
  }

  /** Translates an image that the queue gave. What it throws tells BullMQ what happens to the image. */
  async #process(job: Job<QueuedImage>, token: string | undefined): Promise<void> {
    const { UnrecoverableError, WaitingError } = this.#queue.libraries.bullmq;
    try {
      if (job.data.job !== this.#plan.job) this.#end(this.#gone());
      else if (await this.#translate(locate(job.data, this.#plan.paths))) return;
    } catch (error) {
      if (isOfImage(error)) {
        this.#giveUp(error.message);
        throw new UnrecoverableError(error.message);
      }
      this.#end(error);
      // The device may have failed because of the image, which therefore has a limited number of attempts.
      if (!isOfMachine(error)) throw error;
    }
    await job.moveToWait(token);
    throw new WaitingError();
  }

  /** Reads, translates and writes an image. False if the work ends before its turn on the device. */
  async #translate(planned: ReturnType<typeof locate>): Promise<boolean> {
    const reading = this.#images.read(planned);
    const before = this.#device;
    const working = (async () => {
      const open = await reading;
      await before;
      if (this.#isEnding) return false;
      const startedAt = performance.now();
      await this.#images.check(open);
      const [result] = await this.#images.translate([open]);
      if (result) await this.#images.write(open, result);
      this.#count("done");
      this.#hooks.onImage?.((performance.now() - startedAt) / 1000);
      return true;
    })();
    const settled = Promise.allSettled([before, working]);
    this.#device = settled.then(() => {});
    return working;
  }

  #giveUp(message: string): void {
    this.#count("failed");
    this.#hooks.onMessage?.(`Given up: ${message}`);
  }

  #count(outcome: keyof WorkerCounts): void {
    this.#own = { ...this.#own, [outcome]: this.#own[outcome] + 1 };
  }
}

/** Whether an error is that of an image, whichever worker has it. */
function isOfImage(error: unknown): error is Error {
  if (takesNothing(error)) return false;
  return error instanceof DataError || error instanceof NonFiniteError || error instanceof CheckpointError;
}

/** Whether an error is that of this machine, whichever image it has. */
function isOfMachine(error: unknown): boolean {
  return takesNothing(error) || error instanceof UnreachableError;
}
