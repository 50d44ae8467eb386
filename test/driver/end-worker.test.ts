import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { endWorker } from "../../src/driver/end-worker.js";

const start = (workerData?: string): Worker => new Worker(new URL("busy-worker.js", import.meta.url), { workerData, execArgv: [] });

test("a worker ends while its device works, and the process goes on", { timeout: 60_000 }, async () => {
  for (let round = 0; round < 3; round++) {
    const worker = start();
    await once(worker, "message");
    await sleep(20 * round);
    expect(await endWorker(worker)).toBe(0);
  }
});

test("a worker without a device is said to run on", async () => {
  const worker = start("no device");
  await once(worker, "online");
  await expect(endWorker(worker, { timeout: 50 })).rejects.toThrow("endWorker: expected the worker to end within 50 ms, but it runs. It opened no device");
  await worker.terminate();
});
