/** Ends a worker of Node that uses a device. */
import { BroadcastChannel, isMainThread, threadId } from "node:worker_threads";
import { DeviceError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";

const CHANNEL = "cyclegan-webgpu: end of a worker";

/** The devices of this thread. */
const devices = new Set<Gpu>();

/** Makes this thread, if it is a worker, end when `endWorker` asks it to. */
export function endOnRequest(gpu: Gpu): void {
  if (isMainThread) return;
  if (devices.size === 0) listen();
  devices.add(gpu);
}

function listen(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- Node's types have no other
  channel.onmessage = (message) => {
    if ((message as { readonly data: unknown }).data === threadId) void endThread();
  };
}

async function endThread(): Promise<void> {
  await Promise.all([...devices].map((gpu) => gpu.end()));
  process.exit(0);
}

/** A worker of `node:worker_threads`. */
export interface EndableWorker {
  readonly threadId: number;
  once(event: "exit", listener: (code: number) => void): unknown;
}

/**
 * Ends a worker that has opened devices with `openGpu`. The worker destroys them, waits until they have stopped, and exits. Resolves
 * with its exit code. `worker.terminate()` would abort the whole process if a device is in use.
 *
 * `timeout`: milliseconds, default 10,000. Throws DeviceError if the worker has not ended by then, because it opened no device or does
 * not return to its event loop.
 */
export async function endWorker(worker: EndableWorker, { timeout = 10_000 } = {}): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const exited = new Promise<number>((resolve) => void worker.once("exit", resolve));
  const late = new Promise<never>((_, reject) => {
    const advice = "It opened no device with openGpu(), or is busy in one task. Call worker.terminate() if it has no device.";
    timer = setTimeout(() => reject(new DeviceError(`endWorker: expected the worker to end within ${timeout} ms, but it runs. ${advice}`)), timeout);
  });
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(worker.threadId);
  channel.close();
  try {
    return await Promise.race([exited, late]);
  } finally {
    clearTimeout(timer);
  }
}
