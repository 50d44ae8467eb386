/** Downloads a large file over HTTP, and continues where an earlier download ended. */
import { existsSync, mkdirSync, readFileSync, statfsSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DataError } from "../errors.js";
import { formatBytes } from "../format.js";
import { removeQuietly, writeError, writeFileWhole } from "../io/files.js";
import { isJsonObject } from "../io/parse-json.js";
import { isRunning, startOf } from "../io/processes.js";

export interface DownloadProgress {
  /** Bytes that are on the disk. */
  readonly received: number;
  /** Bytes of the whole file; undefined if the server does not say. */
  readonly total: number | undefined;
}

export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly onMessage: (text: string) => void;
  /** What to do if the address is dead, as a part of a sentence. */
  readonly advice: string;
  /** A connection without data for this long is lost, and a new one is made after this long at most. In milliseconds, default 30 000. */
  readonly patience?: number;
}

/** What is known about the file, in `<path>.json` beside it. */
interface State {
  readonly url: string;
  /** The strong ETag, or the date of the last change. Without either, the file cannot be continued. */
  readonly validator: string | undefined;
  readonly total: number | undefined;
  readonly isComplete: boolean;
  /** The process that downloads it. */
  readonly pid: number;
  readonly started: string;
}

/** A connection that could not be made or was lost, or a server that has too much to do. */
class ConnectionError extends DataError {
  override name = "ConnectionError";
}

const PATIENCE = 30_000;
/** How often a lost connection is made again before anything arrives. */
const RETRIES = 5;

function readState(path: string): State | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(`${path}.json`, "utf8"));
    if (!isJsonObject(value)) return undefined;
    const { url, validator, total, isComplete, pid, started } = value;
    if (typeof url !== "string" || typeof pid !== "number") return undefined;
    return {
      url,
      validator: typeof validator === "string" ? validator : undefined,
      total: typeof total === "number" ? total : undefined,
      isComplete: isComplete === true,
      pid,
      started: String(started),
    };
  } catch {
    return undefined;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function refuseOther({ pid, started }: State, path: string): void {
  if (pid === process.pid || !isRunning(pid) || startOf(pid) !== started) return;
  throw new DataError(`${path}: process ${pid} is already downloading it. Wait for it, or end it first.`);
}

/** Throws a DataError unless the disk has room for the rest of the archive, and for its content, which is already compressed. */
function checkRoom(path: string, total: number, received: number): void {
  const { bavail, bsize } = statfsSync(dirname(path));
  const needed = 2 * total - received;
  if (bavail * bsize >= needed) return;
  throw new DataError(`${dirname(path)}: expected ${formatBytes(needed)} of free space on its disk, got ${formatBytes(bavail * bsize)}. Free some, or work in another folder.`);
}

/** The first sentence of why a request failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}

/** What a response says about the file. A body that the server compressed on the way cannot be continued. */
function described(response: Response): Pick<State, "validator" | "total"> {
  const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
  if ((header("content-encoding") ?? "identity") !== "identity") return { validator: undefined, total: undefined };
  const etag = header("etag");
  const validator = etag?.startsWith('"') === true ? etag : header("last-modified");
  const range = /^bytes \d+-\d+\/(\d+)$/.exec(header("content-range") ?? "");
  const total = response.status === 206 ? range?.[1] : header("content-length");
  return { validator, total: total === undefined ? undefined : Number(total) };
}

class Download {
  readonly #url: string;
  readonly #path: string;
  readonly #options: DownloadOptions;
  #state: State | undefined;
  /** Whether the server has sent anything. Before, a failure is no lost connection. */
  hasStarted = false;

  constructor(url: string, path: string, options: DownloadOptions) {
    this.#url = url;
    this.#path = path;
    this.#options = options;
    const state = readState(path);
    if (state) refuseOther(state, path);
    if (state?.url === url && existsSync(path)) this.#state = state;
  }

  get isComplete(): boolean {
    return this.#state?.isComplete === true;
  }

  /** The number of bytes that can be continued. */
  get received(): number {
    return this.#state?.validator === undefined ? 0 : sizeOf(this.#path);
  }

  /** Requests what is missing and writes it. Throws a ConnectionError if that may work later. */
  async continue(): Promise<void> {
    const { patience = PATIENCE, signal } = this.#options;
    const stalled = new AbortController();
    const timer = setTimeout(() => stalled.abort(new Error(`no data for ${patience / 1000} s`)), patience);
    try {
      const response = await this.#request(AbortSignal.any([signal, stalled.signal]));
      await this.#write(response, () => timer.refresh());
    } catch (error) {
      if (stalled.signal.aborted) throw new ConnectionError(`no data for ${patience / 1000} s`);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #request(signal: AbortSignal): Promise<Response> {
    const { received } = this;
    const range: Record<string, string> = received === 0 ? {} : { range: `bytes=${received}-`, "if-range": this.#state?.validator ?? "" };
    let response: Response;
    try {
      response = await fetch(this.#url, { headers: { "accept-encoding": "identity", ...range }, signal });
    } catch (error) {
      throw new ConnectionError(reasonOf(error));
    }
    const { status, statusText } = response;
    if (response.ok && this.#fits(response)) return response;
    await response.body?.cancel();
    if (received > 0 && (status === 416 || status === 206)) {
      this.#forget("The file has changed on the server");
      return this.#request(signal);
    }
    if (status === 429 || status >= 500) throw new ConnectionError(`${status} ${statusText}`);
    throw new DataError(`${this.#url}: expected a file to download, got ${status} ${statusText}. ${this.#options.advice}.`);
  }

  /** Whether a response is the whole file, or exactly what is missing. */
  #fits(response: Response): boolean {
    if (response.status !== 206) return true;
    const range = response.headers.get("content-range") ?? "";
    return range.startsWith(`bytes ${this.received}-`) && described(response).total === this.#state?.total;
  }

  #forget(why: string): void {
    this.#options.onMessage(`${why}: the download starts again.`);
    this.#state = undefined;
    removeQuietly(this.#path);
  }

  async #write(response: Response, onData: () => void): Promise<void> {
    const { body } = response;
    if (!body) throw new ConnectionError("an empty answer");
    const { validator, total } = described(response);
    const continues = response.status === 206;
    if (!continues && this.received > 0) this.#forget(validator === this.#state?.validator ? "The server cannot continue a file" : "The file has changed on the server");
    this.hasStarted = true;
    const state = { url: this.#url, validator: validator ?? (continues ? this.#state?.validator : undefined), total, isComplete: false };
    this.#save(state);
    if (total !== undefined) checkRoom(this.#path, total, this.received);
    await this.#append(body, continues, total, onData);
    const size = sizeOf(this.#path);
    if (total !== undefined && size !== total) throw new ConnectionError(`${size} of ${total} bytes`);
    this.#save({ ...state, isComplete: true });
  }

  async #append(body: ReadableStream<Uint8Array>, continues: boolean, total: number | undefined, onData: () => void): Promise<void> {
    let received = continues ? this.received : 0;
    const reader = body.getReader();
    const next = (): Promise<ReadableStreamReadResult<Uint8Array>> =>
      reader.read().catch((error: unknown) => {
        throw new ConnectionError(reasonOf(error));
      });
    const file = await open(this.#path, continues ? "a" : "w");
    try {
      for (let part = await next(); !part.done; part = await next()) {
        onData();
        await file.appendFile(part.value);
        received += part.value.length;
        this.#options.onProgress({ received, total });
      }
    } catch (error) {
      await reader.cancel().catch(() => {});
      throw error;
    } finally {
      await file.close();
    }
  }

  #save(state: Omit<State, "pid" | "started">): void {
    this.#state = { ...state, pid: process.pid, started: startOf(process.pid) };
    writeFileWhole(`${this.#path}.json`, JSON.stringify(this.#state));
  }
}

/**
 * Downloads a file to `path`, and whether it is whole: false if the signal ended the download. What has arrived stays, together with
 * `<path>.json`. The next call with the same address continues it if the server says that the file has not changed, and returns at
 * once if it is whole. A lost connection is made again.
 *
 * Throws a DataError for a dead address or too little disk space, a CheckpointError if the file cannot be written.
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<boolean> {
  const { signal, onMessage, advice, patience = PATIENCE } = options;
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw writeError(dirname(path), error);
  }
  const task = new Download(url, path, options);
  let failures = 0;
  while (!task.isComplete) {
    const before = task.received;
    try {
      await task.continue();
    } catch (error) {
      if (signal.aborted) return false;
      if (!(error instanceof ConnectionError)) throw writeError(path, error);
      if (!task.hasStarted) throw new DataError(`${url}: expected a file to download, got none (${error.message}). Look at your connection, or try again later. ${advice}.`);
      failures = task.received > before ? 1 : failures + 1;
      if (failures > RETRIES) throw new DataError(`${url}: lost the connection ${failures} times (${error.message}). ${formatBytes(task.received)} are kept: start again later to continue.`);
      onMessage(`Lost the connection (${error.message}). Trying again.`);
      await sleep(Math.min(2 ** failures * 250, patience), undefined, { signal }).catch(() => {});
      if (signal.aborted) return false;
    }
  }
  return true;
}

/** Removes a download and what is known about it. */
export function removeDownload(path: string): void {
  removeQuietly(path);
  removeQuietly(`${path}.json`);
}
