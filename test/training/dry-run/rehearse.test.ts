import { describe, expect, it } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import type { Gpu, GpuStats } from "../../../src/gpu/gpu.js";
import { defaultOptions, type CycleGANOptions } from "../../../src/models/cyclegan/options.js";
import { cycleGan } from "../../../src/models/cyclegan/definition.js";
import { CycleGANTrainer } from "../../../src/models/cyclegan/trainer.js";
import { openGpu } from "../../../src/open-gpu.js";
import { Random } from "../../../src/random.js";
import { rehearse, type StepShapes } from "../../../src/training/dry-run/rehearse.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();
const small = { ngf: 4, ndf: 4, nBlocks: 4, netD: "n_layers", nLayersD: 1, poolSize: 5 } as const;
const options: CycleGANOptions = { ...defaultOptions, ...small };
const square = (side: number, n = 1): StepShapes => ({ A: [n, side, side, 3], B: [n, side, side, 3] });

/** What training on noise makes of a device that has done nothing else. */
async function statsAfter(device: Gpu, given: CycleGANOptions, steps: readonly StepShapes[], masks = false): Promise<GpuStats> {
  const trainer = new CycleGANTrainer(device, given, new Random(1));
  const noise = (shape: StepShapes[string] = [0, 0, 0, 0]): ImageBatch => {
    const [n, h, w, c] = shape;
    return { shape, data: new Float32Array(n * h * w * c).fill(0.5), ...(masks && { mask: new Float32Array(n * h * w).fill(1) }) };
  };
  for (const { A, B } of steps) await trainer.step({ A: noise(A), B: noise(B) });
  await device.idle();
  return device.stats;
}

describe("a rehearsal", () => {
  it.each([false, true])("counts what the work would take, checkpoints %s", async (checkpointActivations) => {
    using real = await openGpu();
    using rehearsal = gpu().rehearsal();
    const given = { ...options, checkpointActivations };
    const steps = [square(16), square(24), square(16)];
    expect(await statsAfter(rehearsal, given, steps)).toEqual(await statsAfter(real, given, steps));
  });

  it("does nothing to the device, and leaves its errors to it", async () => {
    const before = gpu().stats;
    using rehearsal = gpu().rehearsal();
    await statsAfter(rehearsal, options, [square(16)]);
    rehearsal.dispose();
    expect(gpu().stats).toEqual(before);
    await gpu().idle();
  });
});

describe("rehearse", () => {
  it.each([
    ["one size", [square(16)], ""],
    ["a smaller last batch", [square(16, 3), square(16, 1)], ""],
    ["masks", [square(16)], "masks"],
  ])("foretells the peak of a training with full pools: %s", async (_, shapes, maskDir) => {
    using real = await openGpu();
    const { peakBytes } = await statsAfter(real, options, Array.from({ length: 9 }, () => shapes).flat(), maskDir !== "");
    const { parameterBytes, poolBytes, peakBytes: foretold } = await rehearse(gpu(), cycleGan, { ...options, maskDir }, shapes);
    expect(foretold).toBe(peakBytes);
    expect(poolBytes).toBe(2 * 5 * 16 * 16 * 3 * 4);
    expect(parameterBytes + poolBytes).toBeLessThan(foretold);
  });
});

describe("the reference's networks at 256², batch 1", () => {
  it("take at most 2.5 GB, with checkpoints 1.1 GB for at most 1.35 times the arithmetic", async () => {
    const plain = await rehearse(gpu(), cycleGan, defaultOptions, [square(256)]);
    const checkpointed = await rehearse(gpu(), cycleGan, { ...defaultOptions, checkpointActivations: true }, [square(256)]);
    expect(plain.peakBytes).toBeLessThan(2.5e9);
    expect(checkpointed.peakBytes).toBeLessThan(1.1e9);
    expect(checkpointed.flops / plain.flops).toBeLessThan(1.35);
    // Four numbers of 4 bytes for each of 28.3 million parameters, biases without effect left out.
    expect(plain.parameterBytes).toBeCloseTo(16 * 28.28e6, -7);
  });
});
