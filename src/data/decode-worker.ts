/** The entry of a thread that decodes and prepares images. */
import { parentPort, workerData } from "node:worker_threads";
import sharp from "sharp";
import { DataError, UnreachableError } from "../errors.js";
import type { Job, Reply } from "./prepare-pool.js";
import type { PrepareOptions, PrepareRequest } from "./prepare.js";
import { createPrepare } from "./prepare.js";

// Jobs are answered one after another, so that memory stays bounded by one image.

if (!parentPort) throw new Error("decode-worker.js is the entry of a worker thread");
const port = parentPort;
const options: PrepareOptions = workerData;
const prepare = createPrepare(options);
let last = Promise.resolve();
let closed = false;

// The pool provides the parallelism, so libvips needs no threads and no cache of its own.
sharp.concurrency(1);
sharp.cache(false);

async function resultOf(request: PrepareRequest): Promise<Reply["result"]> {
  try {
    return await prepare(request);
  } catch (error) {
    if (error instanceof UnreachableError) return { unreachable: error.message };
    if (error instanceof DataError) return { refused: error.message };
    throw error;
  }
}

async function answer(id: number, request: PrepareRequest): Promise<void> {
  if (closed) return;
  const result = await resultOf(request);
  const arrays = "batch" in result ? [result.batch.data, result.batch.mask] : [];
  const moved = arrays.flatMap((array) => (array?.buffer instanceof ArrayBuffer ? [array.buffer] : []));
  port.postMessage({ id, result } satisfies Reply, moved);
}

port.on("message", (job: Job) => {
  if (job === "close") {
    closed = true;
    port.close();
  } else {
    last = last.then(() => answer(job.id, job.request));
  }
});
