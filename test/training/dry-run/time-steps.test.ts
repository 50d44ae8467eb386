import { afterEach, expect, test, vi } from "vitest";
import type { Batch } from "../../../src/data/dataset.js";
import type { Loader } from "../../../src/data/loader.js";
import { cycleGan } from "../../../src/models/cyclegan/definition.js";
import type { ModelDefinition } from "../../../src/models/model.js";
import { trainConfig } from "../../../src/run/options.js";
import { timeSteps, type TimeEstimate } from "../../../src/training/dry-run/time-steps.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();
const real: ModelDefinition = cycleGan;
const config = trainConfig({ ngf: 4, ndf: 4, nBlocks: 1, netD: "n_layers", nLayersD: 1 });
const full = { A: [1, 64, 64, 3], B: [1, 64, 64, 3] } as const;
const loader: Loader = {
  imagesPerEpoch: 1,
  batchesPerEpoch: 1,
  next: async () => {
    const image = { shape: full.A, data: new Float32Array(64 * 64 * 3) };
    return { images: { A: image, B: image }, paths: {}, epoch: 1, index: 0, waitSeconds: 0 };
  },
  close: async () => {},
};

afterEach(() => void vi.restoreAllMocks());

/**
 * Times steps by a clock that only the steps move. A step on images of this side takes so many seconds, and the first two of each side
 * take a hundred more.
 */
async function timeWith(secondsOf: (side: number) => number): Promise<TimeEstimate> {
  let seconds = 0;
  const counts = new Map<number, number>();
  const step = async ({ A }: Batch): Promise<void> => {
    const side = A!.shape[1];
    const count = (counts.get(side) ?? 0) + 1;
    counts.set(side, count);
    seconds += secondsOf(side) + (count <= 2 ? 100 : 0);
  };
  vi.spyOn(performance, "now").mockImplementation(() => 1000 * seconds);
  const definition: ModelDefinition = {
    ...real,
    // Rehearsals make real steps on other devices, which count arithmetic.
    create: (device, settings, random) => {
      const model = real.create(device, settings, random);
      if (device === gpu()) vi.spyOn(model, "step").mockImplementation(step);
      return model;
    },
  };
  return timeSteps(gpu(), definition, config, loader, full);
}

test("the estimate is the time of measured steps at full size, without those that compile", async () => {
  const estimate = await timeWith((side) => side / 128);
  expect(estimate).toEqual({ secondsPerStep: 0.5, measured: [64, 64], full: true });
});

test("on a slow device it is computed from the steps of smaller images", async () => {
  const estimate = await timeWith((side) => side ** 2 / 100);
  expect(estimate).toMatchObject({ measured: [32, 32], full: false });
  // The time of a step grows like its pixels, and so does nearly all of its arithmetic.
  expect(estimate.secondsPerStep / (64 ** 2 / 100)).toBeCloseTo(1, 1);
});
