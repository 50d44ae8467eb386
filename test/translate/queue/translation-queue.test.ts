import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { JobSettings } from "../../../src/translate/queue/job-settings.js";
import { DEATHS, TranslationQueue, type QueuedImage } from "../../../src/translate/queue/translation-queue.js";
import { locate } from "../../../src/translate/queue/worker-plan.js";
import { findRedis, startRedis, type RedisServer } from "../../support/redis-server.js";

const settings: JobSettings = {
  id: "one",
  version: "0",
  weights: "0123456789abcdef",
  options: { direction: "AtoB", quality: 95, keepAlpha: false },
  paths: { model: "/m", input: "/in", output: "/out" },
};

const program = findRedis();
const title = program === undefined ? "the entries of a queue need redis-server, from the package of that name" : "the entries of a queue";

describe.skipIf(program === undefined)(title, { timeout: 30_000 }, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis(program ?? "");
  });
  afterAll(() => server.stop());

  test("are added once, and the first settings stay", async () => {
    const queue = await TranslationQueue.open({ redis: server.address, name: "a" });
    expect(await queue.settings()).toBeUndefined();
    expect(await queue.settle(settings)).toEqual(settings);
    expect(await queue.settle({ ...settings, id: "two" })).toEqual(settings);
    const images = Array.from({ length: 1500 }, (_, index) => ({ from: `${index}.bmp`, to: `${index}.png` }));
    expect(await queue.add(settings, images.slice(0, 1200))).toBe(1200);
    expect(await queue.add(settings, images)).toBe(300);
    expect(await queue.progress()).toEqual({ total: 1500, done: 0, failed: 0, active: 0, waiting: 1500 });
    expect(await queue.add(settings, images, { overwrite: true })).toBe(1500);
    expect((await queue.progress()).total).toBe(1500);
    await queue.remove(false);
    expect([await queue.settings(), (await queue.progress()).total]).toEqual([undefined, 0]);
    await queue.close();
  });

  test("take less than 2 kB of the server's memory each when they are done", async () => {
    const queue = await TranslationQueue.open({ redis: server.address, name: "e" });
    const memory = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await queue.connection.redis.info("memory"))?.[1]);
    const before = await memory();
    await queue.settle(settings);
    const job = { ...settings, id: randomUUID() };
    const paths = Array.from({ length: 2000 }, (_, index) => `train/class-${index % 100}/image-${index}.jpg`);
    await queue.add(job, paths.map((path) => ({ from: path, to: path })));
    const worker = new queue.libraries.bullmq.Worker<QueuedImage>("e", async () => {}, { ...queue.location, name: "gpu-node-17:12345", concurrency: 50 });
    await vi.waitFor(async () => expect((await queue.progress()).done).toBe(2000), { timeout: 10_000 });
    await worker.close();
    expect(((await memory()) - before) / 2000).toBeLessThan(2000);
    expect((await queue.done()).map(({ from }) => from).toSorted()).toEqual(paths.toSorted());
    expect(await queue.rate()).toBeGreaterThan(0);
    await queue.close();
  });

  test("whose workers die three times are given up", async () => {
    const queue = await TranslationQueue.open({ redis: server.address, name: "b" });
    await queue.settle(settings);
    await queue.add(settings, [{ from: "deadly.png", to: "deadly.png" }]);
    const { Worker } = queue.libraries.bullmq;
    const hasty = { ...queue.location, lockDuration: 50, stalledInterval: 30, maxStalledCount: DEATHS - 1 };
    for (let death = 0; death < DEATHS; death++) {
      const dying = new Worker<QueuedImage>("b", null, hasty);
      await vi.waitFor(async () => expect(await dying.getNextJob("token", { block: false })).toMatchObject({ data: { from: "deadly.png" } }));
      await dying.close();
      const finder = new Worker<QueuedImage>("b", null, hasty);
      await finder.startStalledCheckTimer();
      await vi.waitFor(async () => expect((await queue.progress()).waiting).toBe(1));
      await finder.close();
    }
    const translated: string[] = [];
    const worker = new Worker<QueuedImage>("b", async ({ data }) => void translated.push(data.from), hasty);
    await vi.waitFor(async () => expect((await queue.progress()).failed).toBe(1));
    expect(translated).toEqual([]);
    expect(await queue.failed(10)).toEqual([{ name: "deadly.png", error: "3 workers died while they had it." }]);
    expect(await queue.retry()).toBe(1);
    await vi.waitFor(async () => expect(await queue.progress()).toMatchObject({ total: 1, done: 1 }));
    expect(translated).toEqual(["deadly.png"]);
    await worker.close();
    await queue.close();
  });

  test("are not removed under workers, unless by force", async () => {
    const queue = await TranslationQueue.open({ redis: server.address, name: "c" });
    await queue.settle(settings);
    await queue.add(settings, [{ from: "a.png", to: "a.png" }]);
    const worker = new queue.libraries.bullmq.Worker<QueuedImage>("c", null, { ...queue.location, name: "host:1" });
    await worker.getNextJob("token", { block: false });
    expect(await queue.active()).toEqual([{ name: "a.png", worker: "host:1", seconds: expect.closeTo(0, 0) }]);
    await expect(queue.remove(false)).rejects.toThrow("The job c: workers have 1 of its images. Stop them first, or use --force if they are gone.");
    await queue.remove(true);
    expect((await queue.progress()).total).toBe(0);
    await worker.close();
    await queue.close();
  });

  test("with settings that cannot be understood are refused", async () => {
    const queue = await TranslationQueue.open({ redis: server.address, name: "d" });
    await queue.connection.redis.set("cyclegan:d:settings", JSON.stringify({ ...settings, options: { direction: "up" } }));
    await expect(queue.existing()).rejects.toThrow("The job d: expected settings of this version of the program, got others.");
    await queue.close();
  });

  test("need a name without other characters", async () => {
    await expect(TranslationQueue.open({ redis: server.address, name: "a:b" })).rejects.toThrow('--name: expected letters, digits, "_", "-" and ".", got "a:b".');
  });
});

describe("the paths of an entry", () => {
  const paths = { model: "/m", input: "/in", output: "/out", maskDir: "/masks" };

  test("are below the worker's folders", () => {
    expect(locate({ from: "a/b.jpg", to: "a/b.png", mask: "a/b.gif" }, paths)).toEqual({ from: "/in/a/b.jpg", to: "/out/a/b.png", mask: "/masks/a/b.gif" });
  });

  test.each([{ from: "../secret.png", to: "a.png" }, { from: "a.png", to: "../../etc/passwd" }, { from: "a.png", to: "" }, { from: "a.png" }, "a.png"])("%j is refused", (image) => {
    expect(() => locate(image, paths)).toThrow(/: expected the name of an image in the folder of the job, got another\.$/);
  });
});
