/** Threads that decode and prepare images. */
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { DataError, UnreachableError } from "../errors.js";
import type { Prepare, PrepareOptions, PrepareRequest, Prepared } from "./prepare.js";
import { createPrepare } from "./prepare.js";

/** A message to a worker; `"close"` ends it. */
export type Job = { readonly id: number; readonly request: PrepareRequest } | "close";

/** A worker's answer. `refused` is the message of a DataError, `unreachable` that of an UnreachableError. */
export interface Reply {
  readonly id: number;
  readonly result: Prepared | { readonly refused: string } | { readonly unreachable: string };
}

/** Prepares images, in several threads or in this one. */
export interface PreparePool {
  readonly prepare: Prepare;
  /** Ends the threads. Requests that are still waiting are rejected. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (prepared: Prepared) => void;
  readonly reject: (error: Error) => void;
}

function settle({ resolve, reject }: Waiting, result: Reply["result"]): void {
  if ("refused" in result) reject(new DataError(result.refused));
  else if ("unreachable" in result) reject(new UnreachableError(result.unreachable));
  else resolve(result);
}

/** One thread. It keeps the process alive only while a request is pending or it is closing. */
function startWorker(entry: URL, options: PrepareOptions): PreparePool {
  const worker = new Worker(entry, { workerData: options, execArgv: [] });
  const waiting = new Map<number, Waiting>();
  let requests = 0;
  let closing = false;
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const rejectAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on("error", rejectAll);
  worker.on("exit", () => rejectAll(new DataError("loader: closed while decoding.")));
  worker.on("message", ({ id, result }: Reply) => {
    const job = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0 && !closing) worker.unref();
    if (job) settle(job, result);
  });
  // Not before: a listener for messages keeps the process alive again.
  worker.unref();
  return {
    prepare: (request) =>
      new Promise((resolve, reject) => {
        const id = requests++;
        waiting.set(id, { resolve, reject });
        worker.ref();
        worker.postMessage({ id, request } satisfies Job, []);
      }),
    async close() {
      closing = true;
      worker.ref();
      worker.postMessage("close" satisfies Job, []);
      await exited;
    },
  };
}

/** Assigns each file to one thread, so that no two caches hold the same image. */
function spread(pools: readonly PreparePool[]): Prepare {
  const owners = new Map<string, PreparePool>();
  return (request) => {
    const owner = owners.get(request.path) ?? pools[owners.size % pools.length];
    if (!owner) throw new RangeError("a pool has at least one worker");
    owners.set(request.path, owner);
    return owner.prepare(request);
  };
}

/**
 * `workers`: number of threads; 0: prepare in this one. Sources run by a TypeScript loader have no built worker and also do so.
 */
export function createPreparePool(options: PrepareOptions, workers: number): PreparePool {
  const entry = new URL("./decode-worker.js", import.meta.url);
  if (workers === 0 || !existsSync(entry)) return { prepare: createPrepare(options), close: () => Promise.resolve() };
  const share = { ...options, cacheBytes: Math.floor(options.cacheBytes / workers) };
  const pools = Array.from({ length: workers }, () => startWorker(entry, share));
  return {
    prepare: spread(pools),
    close: async () => void (await Promise.all(pools.map((pool) => pool.close()))),
  };
}
