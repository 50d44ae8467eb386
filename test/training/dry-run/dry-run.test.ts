import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trainConfig } from "../../../src/run/options.js";
import { dryRun, type DryRun } from "../../../src/training/dry-run/dry-run.js";
import { formatDryRun } from "../../../src/training/dry-run/format.js";
import { makeImages } from "../../cli/make-images.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-dry-"));
const config = trainConfig({
  dataroot: join(folder, "data"),
  runsDir: join(folder, "runs"),
  preprocess: "none",
  numThreads: 0,
  batchSize: 2,
  nEpochs: 3,
  nEpochsDecay: 2,
  ngf: 4,
  ndf: 4,
  nBlocks: 4,
  netD: "n_layers",
  nLayersD: 1,
});
beforeAll(() => {
  makeImages(join(folder, "data", "trainA"), 3, 16, 8);
  makeImages(join(folder, "data", "trainB"), 2, 16, 8);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("dryRun", () => {
  test("measures a step, counts memory, and writes nothing", async () => {
    const run = await dryRun(config);
    expect(run.plan).toEqual({ stepsPerEpoch: 2, firstEpoch: 1, lastEpoch: 5, totalSteps: 10 });
    expect(run.shapes).toEqual({ A: [2, 8, 16, 3], B: [2, 8, 16, 3] });
    expect(run.time).toMatchObject({ measured: [8, 16], full: true });
    expect(run.time?.secondsPerStep).toBeGreaterThan(0);
    expect(run.otherwise?.flops).toBeGreaterThan(run.memory.flops);
    expect(run.otherwise?.peakBytes).toBeLessThan(run.memory.peakBytes);
    expect(existsSync(join(folder, "runs"))).toBe(false);
  });

  test("times batches of several images at more than one size, and divided ones", async () => {
    const dataroot = join(folder, "squares");
    for (const domain of ["trainA", "trainB"]) makeImages(join(dataroot, domain), 5, 16, 16);
    const squares = { ...config, dataroot, preprocess: "resize_and_crop" as const, loadSize: 16, cropSize: 16, batchSize: 4 };
    const divided = await dryRun({ ...squares, microBatches: 2 });
    expect(divided.time).toMatchObject({ measured: [16, 16], full: true });
    expect(divided.plan.stepsPerEpoch).toBe(1);
    const { peakBytes } = (await dryRun(squares, { memoryLimit: 1000 })).memory;
    expect(divided.memory.peakBytes).toBeLessThan(peakBytes);
  });

  test("times nothing that does not fit", async () => {
    const { memoryLimit, time } = await dryRun(config, { memoryLimit: 1000 });
    expect([memoryLimit, time]).toEqual([1000, undefined]);
  });
});

describe("formatDryRun", () => {
  const run: DryRun = {
    plan: { stepsPerEpoch: 100, firstEpoch: 1, lastEpoch: 200, totalSteps: 20_000 },
    imagesPerEpoch: 100,
    shapes: { a: [1, 256, 192, 3], b: [1, 256, 192, 3] },
    memory: { parameterBytes: 450e6, poolBytes: 80e6, peakBytes: 1.2e9, flops: 100 },
    otherwise: { parameterBytes: 450e6, poolBytes: 80e6, peakBytes: 760e6, flops: 132 },
    memoryLimit: 8e9,
    time: { secondsPerStep: 0.5, measured: [256, 192], full: true },
  };

  test("is a table", () => {
    expect(formatDryRun(run, false)).toBe(
      [
        "Images  100 an epoch, 192×256 pixels (those of the first step), 1 at a time: 100 steps an epoch, 20000 in all",
        "Memory  1.20 GB of device memory at most",
        "        450 MB weights, gradients, Adam's moments",
        "        80.0 MB images remembered for the discriminators",
        "        670 MB activations and scratch memory",
        "        (with --checkpoint-activations: 760 MB, for 1.32 times the arithmetic)",
        "        It fits into 8.00 GB.",
        "Time    0.500 s a step, 50 s an epoch, 2 h 46 min in all (measured)",
        "",
      ].join("\n"),
    );
  });

  test("says where memory is too small or unknown, and a time computed", () => {
    expect(formatDryRun({ ...run, memoryLimit: 1e9, time: undefined }, false)).toMatch(
      /TOO MUCH for 1\.00 GB\. Use --check[^]*not measured/,
    );
    expect(formatDryRun({ ...run, memoryLimit: 5e8 }, false)).toContain("TOO MUCH for 500 MB. Use smaller images");
    expect(formatDryRun({ ...run, memoryLimit: undefined }, true)).toMatch(/without --check[^]*name it with --memory/);
    const time = { secondsPerStep: 50, measured: [64, 48], full: false } as const;
    expect(formatDryRun({ ...run, time }, false)).toContain("(computed from steps at 48×64 and smaller)");
  });
});
