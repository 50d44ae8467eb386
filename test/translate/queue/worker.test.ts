import type * as Fs from "node:fs";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { addImages, planJob } from "../../../src/translate/queue/add-images.js";
import { TranslationQueue } from "../../../src/translate/queue/translation-queue.js";
import { planWorker } from "../../../src/translate/queue/worker-plan.js";
import { work, type WorkHooks, type WorkOptions, type WorkResult } from "../../../src/translate/queue/worker.js";
import { makeImages } from "../../cli/make-images.js";
import { root } from "../../examples/run-example.js";
import { findRedis, startRedis, type RedisServer } from "../../support/redis-server.js";

/** How many files are written before the disk is full. */
const disk = vi.hoisted(() => ({ after: Infinity }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof Fs>();
  const writeFileSync: typeof fs.writeFileSync = (...args) => {
    if (disk.after-- <= 0) throw Object.assign(new Error("ENOSPC: no space"), { code: "ENOSPC", syscall: "write" });
    fs.writeFileSync(...args);
  };
  return { ...fs, writeFileSync };
});

const program = findRedis();
const title = program === undefined ? "a worker needs redis-server, from the package of that name" : "a worker";

describe.skipIf(program === undefined)(title, { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "cyclegan-worker-"));
  const at = (name: string): string => join(folder, name);
  let server: RedisServer;
  let queue: TranslationQueue;
  let count = 0;

  beforeAll(async () => {
    server = await startRedis(program ?? "");
    copyFileSync(join(root, "test/reference/weights/zip.pth"), at("zip.pth"));
    makeImages(at("photos"), 5, 32, 32);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    disk.after = Infinity;
    queue = await TranslationQueue.open({ redis: server.address, name: `job${count++}` });
    const job = await planJob({ model: at("zip.pth"), direction: "AtoB", input: at("photos"), output: at(queue.name) });
    expect(await addImages(queue, job)).toMatchObject({ added: 5, before: 0 });
    return () => queue.close();
  });

  async function run(hooks: WorkHooks = {}, options: WorkOptions = {}): Promise<WorkResult> {
    const settings = await queue.existing();
    return work(queue, await planWorker(settings, queue.name, {}), options, hooks);
  }
  const translations = (): string[] => readdirSync(at(queue.name)).filter((name) => name.endsWith(".png"));

  test("finishes its image when it is to end, and gives the next one back", async () => {
    const controller = new AbortController();
    const result = await run({ signal: controller.signal, onImage: () => controller.abort() });
    expect(result.done).toBeLessThan(3);
    expect(result.job).toEqual({ total: 5, done: result.done, failed: 0, active: 0, waiting: 5 - result.done });
    expect(translations()).toHaveLength(result.done);
    expect(await run()).toMatchObject({ done: 5 - result.done, failed: 0, job: { done: 5 } });
  });

  test("ends if the disk is full, and gives its images back", async () => {
    disk.after = 2;
    await expect(run()).rejects.toThrow(/expected to write it, got ENOSPC .*The disk is full: free some space\./);
    expect(await queue.progress()).toEqual({ total: 5, done: 2, failed: 0, active: 0, waiting: 3 });
    disk.after = Infinity;
    expect(await run()).toMatchObject({ done: 3, job: { done: 5, failed: 0 } });
  });

  test("stays for more images, and ends when the job is removed", async () => {
    const seen = vi.fn();
    const staying = run({ onProgress: ({ done }) => seen(done) }, { stay: true });
    const ended = expect(staying).rejects.toThrow(`The job ${queue.name} is no longer on the server, so this worker ends.`);
    await vi.waitFor(() => expect(seen).toHaveBeenCalledWith(5), { timeout: 20_000 });
    makeImages(at("more"), 6, 32, 32);
    const job = await planJob({ model: at("zip.pth"), direction: "AtoB", input: at("more"), output: at(queue.name) });
    expect(await addImages(queue, job)).toMatchObject({ added: 1, before: 5, input: at("photos") });
    // The sixth image is not in the folder of the job.
    await vi.waitFor(async () => expect((await queue.progress()).failed).toBe(1), { timeout: 20_000 });
    await queue.remove(false);
    await ended;
  });

  test("whose job is removed by force while it has images ends, and names no identifier of BullMQ's", async () => {
    const said: string[] = [];
    const removing = run({ onMessage: (text) => said.push(text), onImage: () => void queue.remove(true).catch(() => {}) });
    await expect(removing).rejects.toThrow(`The job ${queue.name} is no longer on the server, so this worker ends.`);
    expect(said.join("\n")).not.toMatch(/[\da-f]{32}/);
  });

  test("says what it lacks before it takes an image", async () => {
    const settings = await queue.existing();
    const plan = (given: Parameters<typeof planWorker>[2]): ReturnType<typeof planWorker> => planWorker(settings, queue.name, given);
    await expect(plan({ input: at("nowhere") })).rejects.toThrow(/^--input .*nowhere: expected the folder of the job's images, got none\. Name it as this machine has it, with --input\.$/);
    await expect(plan({ model: at("nowhere.pth") })).rejects.toThrow(/nowhere\.pth: expected/);
    await expect(plan({ maskDir: at("photos") })).rejects.toThrow(`--mask-dir: the job ${queue.name} has no masks. Leave it out.`);
    writeFileSync(at("file"), "");
    await expect(plan({ output: at("file/out") })).rejects.toThrow(/^--output .*file\/out: expected a folder, got a file at .*file\.$/);
    await expect(planWorker({ ...settings, version: "9.9.9" }, queue.name, {})).rejects.toThrow(/^The job job\d is of version 9\.9\.9 of this program, and this is .*\. Use the same version on every machine\.$/);
    expect((await queue.progress()).waiting).toBe(5);
  });
});
