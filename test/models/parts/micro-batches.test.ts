/** Micro-batches: their gradients are those of the batch, and who computes them changes no bit. */
import { describe, expect, test } from "vitest";
import type { Batch } from "../../../src/data/dataset.js";
import type { ImageBatch } from "../../../src/data/image.js";
import type { ProcessGroup } from "../../../src/distributed/process-group.js";
import type { Model, Settings } from "../../../src/models/model.js";
import { MicroBatches } from "../../../src/models/parts/micro-batches.js";
import type { StateTensor, TrainerState } from "../../../src/models/parts/state.js";
import { Random } from "../../../src/random.js";
import { modelOf, trainConfig } from "../../../src/run/options.js";
import { useGpu } from "../../support/device.js";
import { localGroups } from "../../support/local-groups.js";

const gpu = useGpu();
const SIDE = 32;
const small = { a: "a", b: "b", ngf: 4, ndf: 4, netD: "n_layers", nLayersD: 1, lr: 1e-3, cropSize: SIDE, batchSize: 6 };
const models: readonly (readonly [string, Settings])[] = [
  ["CycleGAN", { nBlocks: 1, poolSize: 6, ema: 0.9, diffaugment: "color" }],
  ["CycleGAN, wgangp, warm-up", { nBlocks: 1, poolSize: 3, ganMode: "wgangp", dWarmup: 1 }],
  ["pix2pix", { model: "pix2pix", numDowns: 5, norm: "instance", poolSize: 6 }],
  ["CUT", { model: "cut", nBlocks: 1, numPatches: 16, netFNc: 8, nceLayers: "0,4,8" }],
  ["FastCUT", { model: "cut", nBlocks: 1, numPatches: 16, netFNc: 8, nceLayers: "0,4,8", nceIdt: false, flipEquivariance: true }],
];

function create(settings: Settings, group?: ProcessGroup): Model {
  const config = trainConfig({ ...small, ...settings });
  return modelOf(config).create(gpu(), config, new Random(5), group);
}

function imagesOf(random: Random, n: number): ImageBatch {
  return { shape: [n, SIDE, SIDE, 3], data: Float32Array.from({ length: n * SIDE * SIDE * 3 }, () => 2 * random.uniform() - 1) };
}

/** The part of a batch that a rank has. */
function shareOf(batch: Batch, { rank, worldSize }: Pick<ProcessGroup, "rank" | "worldSize">): Batch {
  return Object.fromEntries(
    Object.entries(batch).map(([side, { shape: [n, h, w, c], data }]) => {
      const share = n / worldSize;
      return [side, { shape: [share, h, w, c] as const, data: data.slice(rank * share * h * w * c, (rank + 1) * share * h * w * c) }];
    }),
  );
}

/** The losses of each step, and the state after the last one, of a training in so many processes. */
async function train(settings: Settings, worldSize: number, batchSize: number, steps: number) {
  const groups = localGroups(worldSize);
  const ranks = groups.map((group) => ({ group, model: create(settings, worldSize === 1 ? undefined : group) }));
  const random = new Random(1);
  const losses: unknown[] = [];
  for (let step = 1; step <= steps; step++) {
    const batch = { A: imagesOf(random, batchSize), B: imagesOf(random, batchSize) };
    for (const { model } of ranks) model.schedule({ step, epoch: 1, lr: 1e-3 });
    await Promise.all(ranks.map(({ model, group }) => model.step(shareOf(batch, group))));
    const all = await Promise.all(ranks.map(({ model }) => model.losses()));
    for (const one of all) expect(one).toEqual(all[0]);
    losses.push(all[0]);
  }
  const visuals = await ranks[0]?.model.visuals();
  const states = await Promise.all(ranks.map(({ model }) => model.state()));
  for (const { model } of ranks) model.dispose();
  return { losses, visuals, state: united(states) };
}

/** What ranks have in common must be equal; what each has for its micro-batches joins it. */
function united(states: readonly TrainerState[]): TrainerState {
  const tensors = new Map<string, StateTensor>();
  for (const { tensors: its } of states) {
    for (const [name, tensor] of its) {
      if (tensors.has(name)) expect(tensor, name).toEqual(tensors.get(name));
      tensors.set(name, tensor);
    }
  }
  for (const { counters } of states) expect(counters).toEqual(states[0]?.counters);
  return { tensors, counters: states[0]?.counters ?? {}, random: Object.assign({}, ...states.map(({ random }) => random)) };
}

async function isSameOn(settings: Settings, microBatches: number, processes: readonly number[]): Promise<TrainerState> {
  const options = { ...settings, microBatches };
  const single = await train(options, 1, microBatches, 2);
  for (const worldSize of processes) expect(await train(options, worldSize, microBatches, 2), `${worldSize} processes`).toEqual(single);
  return single.state;
}

describe.each(models)("%s: the same bits from a single process", (_, settings) => {
  test("and from 2 and 4, of 4 micro-batches", async () => {
    const { tensors } = await isSameOn(settings, 4, [2, 4]);
    expect([...tensors.keys()].some((name) => name.includes("pool.3/"))).toBe("poolSize" in settings);
  });

  test("and from 3, of 3 micro-batches", async () => void (await isSameOn(settings, 3, [3])));
});

test("processes whose micro-batches make up no whole blocks of the sum change no bit", async () => void (await isSameOn({ nBlocks: 1 }, 6, [2])));

test.each([
  ["CycleGAN", { nBlocks: 1, poolSize: 0 }],
  ["pix2pix", { model: "pix2pix", numDowns: 5, norm: "instance", dropout: false, poolSize: 0 }],
] as const)("%s: the gradients of micro-batches are those of the batch within rounding", async (_, settings) => {
  const momentsAfter = async (microBatches: number): Promise<readonly (readonly [string, Float32Array])[]> => {
    const { state } = await train({ ...settings, microBatches }, 1, 4, 1);
    return [...state.tensors].flatMap(([name, { values }]) => (name.includes(".m/") ? [[name, values] as const] : []));
  };
  const [whole, divided] = [await momentsAfter(1), await momentsAfter(2)];
  expect(divided.map(([name]) => name)).toEqual(whole.map(([name]) => name));
  for (const [index, [name, m]] of whole.entries()) {
    const other = divided[index]?.[1] ?? new Float32Array();
    const norm = (values: Float32Array): number => Math.hypot(...values);
    // Sums of some thousand products of float32: the relative error of a norm stays far below 2⁻²⁴ · 2¹² / 2. A bias before an
    // instance norm has no gradient but rounding, below 2⁻²⁴ of what is added up for it.
    const size = norm(m);
    if (size > 1e-6) expect(norm(m.map((value, at) => value - (other[at] ?? Number.NaN))) / size, name).toBeLessThan(1e-4);
    else expect(norm(other), name).toBeLessThan(2e-6);
  }
});

test("a number of micro-batches that the processes cannot share is refused", () => {
  const [group] = localGroups(2);
  expect(() => new MicroBatches(3, group)).toThrow("--micro-batches: expected a multiple of the 2 processes, got 3.");
});

test("a batch that cannot be divided is refused, and nothing is computed", async () => {
  const model = create({ nBlocks: 1, microBatches: 4 });
  const images = imagesOf(new Random(1), 6);
  await expect(model.step({ A: images, B: images })).rejects.toThrow("micro-batches: expected a batch of a multiple of 4 images, got 6.");
  model.dispose();
});
