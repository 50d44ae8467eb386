/** A job of images in a Redis server, which workers on any number of machines translate. */
import { createHash } from "node:crypto";
import type { Queue } from "bullmq";
import { CheckpointError, CycleGANError, UsageError } from "../../errors.js";
import { parseJsonObject } from "../../io/parse-json.js";
import { Connection, loadQueueLibraries, parseAddress, type ConnectionHooks, type QueueLibraries } from "./connection.js";
import { isJobSettings, type JobSettings } from "./job-settings.js";

/**
 * NOTE: the queue. BullMQ keeps an entry for each image, whose identifier is a hash of the image's name: an image that is added again
 * is not added twice. A worker takes an entry with a lock, which it renews while it works. If a worker dies, its locks expire, and
 * another worker puts the entries back. So an image may be translated twice, but it is never lost, and since translations are
 * written whole, the second one changes nothing. Entries stay when they are done: their number is the progress.
 */
const PREFIX = "cyclegan";

/** How often an image is tried if the device or the program fails; one that cannot be read or written fails at once. */
const ATTEMPTS = 3;

/** An image of a worker that died goes to another; at this death it is given up, because it may be what kills them. */
export const DEATHS = 3;

/** How many entries are added or read at once. */
const CHUNK = 1000;

/** An image to add. Its paths are relative to the folders of each worker, with "/" between names. */
export interface JobImage {
  readonly from: string;
  readonly to: string;
  readonly mask?: string;
}

/** An image in the queue. */
export interface QueuedImage extends JobImage {
  /** The `id` of its job. */
  readonly job: string;
}

export interface QueueOptions {
  /** Such as `redis://host:6379` or `rediss://user:password@host:6380`. */
  readonly redis: string;
  /** The name of the job. */
  readonly name: string;
}

export interface AddOptions {
  /** Adds images again that are done; default false. */
  readonly overwrite?: boolean;
  /** Receives how many images were looked at. */
  readonly onProgress?: ((count: number) => void) | undefined;
}

/** How far a job is. */
export interface QueueProgress {
  readonly total: number;
  readonly done: number;
  /** Images that were given up, with their errors. */
  readonly failed: number;
  /** Images that workers have. */
  readonly active: number;
  readonly waiting: number;
}

/** An image that was given up. */
export interface FailedImage {
  readonly name: string;
  readonly error: string;
}

/** An image that a worker has. */
export interface ActiveImage {
  readonly name: string;
  readonly worker: string;
  /** Seconds since it was taken. */
  readonly seconds: number;
}

/** Why an image was given up, from BullMQ's words for it. */
export function reasonOf(text: string): string {
  return text.includes("stalled more than allowable limit") ? `${DEATHS} workers died while they had it.` : text;
}

/** What a worker says about an error of the queue: BullMQ's words name an image by its identifier only. */
export function queueError(text: string): string {
  if (!/^(Missing (lock|key)|could not renew lock) for job /.test(text)) return `The queue: ${text}`;
  return "The server no longer knows that an image is this worker's. If the job is still there, the image goes to another worker. If this comes again, give --lease more seconds.";
}

export class TranslationQueue {
  readonly name: string;
  readonly libraries: QueueLibraries;
  readonly connection: Connection;
  readonly #queue: Queue<QueuedImage>;

  private constructor(name: string, libraries: QueueLibraries, connection: Connection) {
    this.name = name;
    this.libraries = libraries;
    this.connection = connection;
    this.#queue = new libraries.bullmq.Queue<QueuedImage>(name, { connection: connection.redis, prefix: PREFIX, skipMetasUpdate: true });
    // The connection has told its errors itself.
    this.#queue.on("error", () => {});
  }

  /** Connects to the server. Throws a UsageError for the options, a CycleGANError for the server or a missing package. */
  static async open({ redis, name }: QueueOptions, hooks: ConnectionHooks = {}): Promise<TranslationQueue> {
    if (!/^[\w.-]{1,100}$/.test(name)) throw new UsageError(`--name: expected letters, digits, "_", "-" and ".", got ${JSON.stringify(name)}.`);
    const address = parseAddress(redis);
    const libraries = await loadQueueLibraries();
    return new TranslationQueue(name, libraries, await Connection.open(libraries, address, hooks));
  }

  /** What BullMQ needs to find the entries. */
  get location(): { readonly connection: Connection["redis"]; readonly prefix: string } {
    return { connection: this.connection.redis, prefix: PREFIX };
  }

  #key(name: string): string {
    return `${PREFIX}:${this.name}:${name}`;
  }

  /** The settings of the job; undefined if there is none of this name. Throws a CheckpointError if they cannot be understood. */
  async settings(): Promise<JobSettings | undefined> {
    const text = await this.connection.redis.get(this.#key("settings"));
    if (text === null) return undefined;
    const settings = parseJsonObject(text, `The job ${this.name}`);
    if (isJobSettings(settings)) return settings;
    throw new CheckpointError(`The job ${this.name}: expected settings of this version of the program, got others. Use the version that added it, or another --name.`);
  }

  /** The settings of the job. Throws a CycleGANError if there is none of this name. */
  async existing(): Promise<JobSettings> {
    const settings = await this.settings();
    if (settings) return settings;
    throw this.#missing();
  }

  #missing(): CycleGANError {
    return new CycleGANError(`${this.connection.address.shown}: expected a job of the name ${this.name}, got none. Add its images with cyclegan queue add.`);
  }

  /** Makes these the settings of the job, unless it has some. Returns those it then has. */
  async settle(settings: JobSettings): Promise<JobSettings> {
    await this.connection.redis.set(this.#key("settings"), JSON.stringify(settings), "NX");
    return this.existing();
  }

  /**
   * Adds images that the job does not have, and returns their number. With `overwrite`, it forgets those that are done, given up or
   * waiting beforehand; those that workers have stay with them.
   */
  async add({ id: job }: JobSettings, images: readonly JobImage[], { overwrite = false, onProgress }: AddOptions = {}): Promise<number> {
    const chunks = Array.from({ length: Math.ceil(images.length / CHUNK) }, (_, index) => images.slice(index * CHUNK, (index + 1) * CHUNK));
    for (const chunk of overwrite ? chunks : []) await Promise.all(chunk.map((image) => this.#queue.remove(identifierOf(image))));
    const before = (await this.progress()).total;
    let count = 0;
    for (const chunk of chunks) {
      await this.#queue.addBulk(chunk.map((image) => ({ name: "image", data: { ...image, job }, opts: { jobId: identifierOf(image), attempts: ATTEMPTS } })));
      count += chunk.length;
      onProgress?.(count);
    }
    await this.#reopen();
    return (await this.progress()).total - before;
  }

  async progress(): Promise<QueueProgress> {
    const counts = await this.#queue.getJobCounts("completed", "failed", "active", "waiting", "delayed");
    const { completed: done = 0, failed = 0, active = 0, waiting = 0, delayed = 0 } = counts;
    return { total: done + failed + active + waiting + delayed, done, failed, active, waiting: waiting + delayed };
  }

  /** Images done per second: those of the last minute, but at most 200, since the first of them was begun. */
  async rate(): Promise<number> {
    const newest = await this.#queue.getCompleted(0, 199);
    const now = Date.now();
    const recent = newest.filter(({ finishedOn = 0 }) => now - finishedOn < 60_000);
    const begun = Math.min(...recent.map(({ processedOn = now }) => processedOn));
    return recent.length === 0 ? 0 : (1000 * recent.length) / Math.max(1, now - begun);
  }

  /** The first images that were given up. */
  async failed(most: number): Promise<readonly FailedImage[]> {
    const jobs = await this.#queue.getFailed(0, most - 1);
    return jobs.map(({ data, failedReason }) => ({ name: data.from, error: reasonOf(failedReason) }));
  }

  /** Images that workers have. */
  async active(): Promise<readonly ActiveImage[]> {
    const jobs = await this.#queue.getActive();
    return jobs.map(({ data, processedBy = "", processedOn = Date.now() }) => ({ name: data.from, worker: processedBy, seconds: (Date.now() - processedOn) / 1000 }));
  }

  /** All images that are done. */
  async done(): Promise<readonly JobImage[]> {
    const images: JobImage[] = [];
    for (;;) {
      const chunk = await this.#queue.getCompleted(images.length, images.length + CHUNK - 1);
      if (chunk.length === 0) return images;
      images.push(...chunk.map(({ data }) => data));
    }
  }

  /** Puts images that were given up back, and returns their number. */
  async retry(): Promise<number> {
    const { failed } = await this.progress();
    await this.#queue.retryJobs({ state: "failed" });
    await this.#reopen();
    return failed;
  }

  /** The job has images left, so that its end comes again. */
  async #reopen(): Promise<void> {
    await this.connection.redis.del(this.#key("end"));
  }

  /** Whether this worker is to do what only one of those that see the end of the job has to do. */
  async claimEnd(): Promise<boolean> {
    return (await this.connection.redis.set(this.#key("end"), "1", "EX", 60, "NX")) !== null;
  }

  /** Removes the job, its images and its settings. Throws a UsageError if workers have images, unless `force`. */
  async remove(force: boolean): Promise<void> {
    const { active } = await this.progress();
    if ((await this.connection.redis.exists(this.#key("settings"))) === 0) throw this.#missing();
    if (active > 0 && !force) {
      throw new UsageError(`The job ${this.name}: workers have ${active} of its images. Stop them first, or use --force if they are gone.`);
    }
    await this.#queue.obliterate({ force });
    await this.connection.redis.del(this.#key("settings"), this.#key("end"));
  }

  async close(): Promise<void> {
    // BullMQ does not close a connection that it was given.
    if (this.connection.isReady) await this.#queue.close();
    this.connection.close();
  }
}

/** BullMQ's identifiers contain no ":". */
function identifierOf({ from }: JobImage): string {
  return createHash("sha256").update(from).digest("hex").slice(0, 32);
}
