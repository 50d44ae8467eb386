import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { serveMetrics } from "../../src/report/serve/metrics-server.js";
import { makeImages } from "../cli/make-images.js";
import { start } from "../cli/run-command.js";

const pace = { epoch: 2, lr: 2e-4, secondsPerStep: 0.5, dataWait: 0.125, imagesPerSecond: 2, secondsLeft: 45, peakBytes: 93e6, totalSteps: 100 };

/** The samples of a text in Prometheus's format, in order. */
const samplesIn = (text: string): string[] => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

describe("the metrics of a training", () => {
  test("are the newest log line and measurement, with the run as a label", async () => {
    const server = await serveMetrics("zebra", { host: "127.0.0.1", port: 0 });
    try {
      server.log({ step: 9, ...pace, G_A: 3, cycle_A: 4 });
      server.log({ step: 10, ...pace, G_A: 0.25, cycle_A: 1.5 });
      server.measured({ step: 10, epoch: 2, swd: 81.5 });
      const response = await fetch(server.url);
      expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
      expect(samplesIn(await response.text())).toEqual([
        'cyclegan_training_step{run="zebra"} 10',
        'cyclegan_training_total_steps{run="zebra"} 100',
        'cyclegan_training_epoch{run="zebra"} 2',
        'cyclegan_training_learning_rate{run="zebra"} 0.0002',
        'cyclegan_training_images_per_second{run="zebra"} 2',
        'cyclegan_training_step_seconds{run="zebra"} 0.5',
        'cyclegan_training_data_wait_seconds{run="zebra"} 0.125',
        'cyclegan_training_remaining_seconds{run="zebra"} 45',
        'cyclegan_training_device_memory_peak_bytes{run="zebra"} 93000000',
        'cyclegan_training_loss{loss="G_A",run="zebra"} 0.25',
        'cyclegan_training_loss{loss="cycle_A",run="zebra"} 1.5',
        'cyclegan_training_held_out{metric="swd",run="zebra"} 81.5',
      ]);
    } finally {
      await server.close();
    }
  });

  test("need a package, which a message names if it is missing", async () => {
    vi.doMock("prom-client", () => {
      throw new Error("not found");
    });
    await expect(serveMetrics("zebra", { host: "127.0.0.1", port: 0 })).rejects.toThrow("--metrics-port needs the package prom-client, which is not installed.");
    vi.doUnmock("prom-client");
  });

  test("are at no other path", async () => {
    const server = await serveMetrics("zebra", { host: "127.0.0.1", port: 0 });
    try {
      const response = await fetch(new URL("/other", server.url));
      expect([response.status, await response.text()]).toEqual([404, "The metrics are at /metrics.\n"]);
    } finally {
      await server.close();
    }
  });
});

describe("train --metrics-port", { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "cyclegan-metrics-"));
  const small = "--ngf 2 --ndf 2 --n-blocks 1 --net-d n_layers --n-layers-d 1 --load-size 16 --crop-size 16 --print-freq 1".split(" ");
  makeImages(join(folder, "data/trainA"), 2, 16, 16);
  makeImages(join(folder, "data/trainB"), 2, 16, 16);
  afterAll(() => rmSync(folder, { recursive: true }));

  test("serves them while it trains", async () => {
    const { child, outcome } = start(folder, "train", "--dataroot", "data", "--metrics-port", "0", ...small);
    const url = await new Promise<string>((resolve, reject) => {
      let text = "";
      child.stderr?.on("data", (part: string) => {
        const [, found] = /^Metrics: (http:\S+)$/m.exec((text += part)) ?? [];
        if (found !== undefined) resolve(found);
      });
      child.on("exit", () => reject(new Error(text)));
    });
    let steps: number | undefined;
    while (steps === undefined) {
      const [, value] = /^cyclegan_training_step\{run="experiment_name"\} (\d+)$/m.exec(await (await fetch(url)).text()) ?? [];
      // Before the first log line, the gauge is 0.
      if (Number(value) > 0) steps = Number(value);
    }
    child.kill("SIGINT");
    expect((await outcome).code).toBe(130);
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  test.each(["--metrics-port", "--port"])("says if the port of %s is in use, and ends", async (flag) => {
    const other = createServer();
    await new Promise<void>((done) => {
      other.listen(0, "127.0.0.1", done);
    });
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await start(folder, "train", "--dataroot", "data", "--live", "--metrics-port", "0", flag, String(port), ...small, "--overwrite").outcome;
    other.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^cyclegan: .*${port}`, "m"));
  });
});
