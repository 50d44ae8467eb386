import { describe, expect, it } from "vitest";
import { DiffAugment, parseAugmentations } from "../../../src/models/parts/diff-augment.js";
import { noGrad } from "../../../src/tensor/grad-mode.js";
import { loadFloat32 } from "../../../src/io/safetensors.js";
import { exportWeights, importWeights } from "../../../src/io/weights.js";
import type { CycleGANOptions, Losses } from "../../../src/models/cyclegan/options.js";
import { CycleGANTrainer } from "../../../src/models/cyclegan/trainer.js";
import type { TrainerState } from "../../../src/models/parts/state.js";
import { initialise } from "../../../src/nn/init.js";
import { parameterCount, releaseModule } from "../../../src/nn/module.js";
import { SpectralConv2d } from "../../../src/nn/spectral-conv.js";
import { identityWeight } from "../../../src/optim/schedule.js";
import { Random } from "../../../src/random.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { batch, small, train } from "../../support/small-training.js";

const gpu = useGpu();
/** The state and losses after some steps of a training with these options, from one seed. */
async function outcome(options: Partial<CycleGANOptions>, steps = 1): Promise<{ state: TrainerState; losses: Losses }> {
  const trainer = new CycleGANTrainer(gpu(), { ...small, ...options }, new Random(2));
  const losses = await train(trainer, new Random(1), steps);
  const state = await trainer.state();
  trainer.dispose();
  return { state, losses };
}

const variants: readonly Partial<CycleGANOptions>[] = [{ diffaugment: "color,translation,cutout" }, { ema: 0.9 }, { upsample: "resize-conv" }, { spectralNorm: true }];

describe.each(variants)("training with %o", (options) => {
  it("goes on to the same bits from its state", async () => {
    const trainer = new CycleGANTrainer(gpu(), { ...small, ...options }, new Random(2));
    const images = new Random(1);
    await train(trainer, images, 3);
    const state = await trainer.state();
    const at = images.state;
    const losses = await train(trainer, new Random(at), 3);
    const after = await trainer.state();
    const other = new CycleGANTrainer(gpu(), { ...small, ...options }, new Random(3));
    other.restore(state);
    expect(await other.state()).toEqual(state);
    expect(await train(other, new Random(at), 3)).toEqual(losses);
    expect(await other.state()).toEqual(after);
    trainer.dispose();
    other.dispose();
  });
});

describe("DiffAugment", () => {
  it("draws anew for each image and call, within the paper's ranges", async () => {
    using _scope = gpu().scope("augmentation");
    const augment = new DiffAugment(["translation", "cutout"], new Random(4));
    const [n, side] = [16, 16];
    const x = Tensor.from(gpu(), [n, side, side, 1], new Float32Array(n * side * side).fill(1));
    const kept = async (): Promise<number[]> => {
      const values = await augment.apply(x).data();
      return Array.from({ length: n }, (_, i) => values.subarray(i * side * side, (i + 1) * side * side).reduce((a, b) => a + b));
    };
    const [first, second] = [await kept(), await kept()];
    expect(new Set([...first, ...second]).size).toBeGreaterThan(16);
    // A shift of at most 2 leaves 14 × 14 pixels, of which the square takes at most 8 × 8.
    for (const count of [...first, ...second]) expect(count).toBeGreaterThanOrEqual(14 * 14 - 8 * 8);
    for (const count of [...first, ...second]) expect(count).toBeLessThan(side * side);
  });

  it("changes what the discriminators learn, and nothing else of the first step", async () => {
    const [plain, augmented] = [await outcome({}), await outcome({ diffaugment: "color" })];
    expect(augmented.losses.cycle_A).toBe(plain.losses.cycle_A);
    expect(augmented.losses.D_A).not.toBe(plain.losses.D_A);
    expect(augmented.state.tensors.get("D_A/model.0.weight")).not.toEqual(plain.state.tensors.get("D_A/model.0.weight"));
  });

  it("refuses other words", () => {
    expect(parseAugmentations("")).toEqual([]);
    expect(() => parseAugmentations("color,blur")).toThrow(/^diffaugment: expected a list of color, translation, cutout/);
  });
});

describe("averages of the generators", () => {
  it("copy the first weights, biases without effect too, and change nothing of the training", async () => {
    const [plain, averaged] = [await outcome({}), await outcome({ ema: 0.9 })];
    expect(averaged.losses).toEqual(plain.losses);
    const generators = [...plain.state.tensors].filter(([name]) => name.startsWith("G_"));
    expect(generators.length).toBeGreaterThan(10);
    for (const [name, tensor] of generators) {
      expect(averaged.state.tensors.get(name)).toEqual(tensor);
      expect(averaged.state.tensors.get(name.replace("/", "_ema/"))).toEqual(tensor);
    }
  });

  it("lag behind the weights, and are what translates", async () => {
    const trainer = new CycleGANTrainer(gpu(), { ...small, ema: 0.9 }, new Random(2));
    await train(trainer, new Random(1), 2);
    const average = trainer.weights["G_A_ema"];
    expect(trainer.generators.G_A).toBe(average);
    const name = "model.1.weight";
    const [now, mean] = [trainer.networks.G_A.parameters().get(name), average?.parameters().get(name)];
    expect(await mean?.tensor.data()).not.toEqual(await now?.tensor.data());
    trainer.dispose();
    const plain = new CycleGANTrainer(gpu(), small, new Random(2));
    expect(plain.generators).toBe(plain.networks);
    plain.dispose();
  });

  it("follow the given weights while the discriminators alone are taught", async () => {
    const trainer = new CycleGANTrainer(gpu(), { ...small, ema: 0.9, dWarmup: 1 }, new Random(2));
    trainer.schedule({ step: 1, epoch: 1, lr: 2e-4 });
    trainer.networks.G_A.parameters().get("model.1.weight")?.tensor.write(new Float32Array(7 * 7 * 3 * 4).fill(0.25));
    const images = new Random(1);
    await trainer.step({ A: batch(images), B: batch(images) });
    const values = await trainer.weights["G_A_ema"]?.parameters().get("model.1.weight")?.tensor.data();
    expect([...new Set(values)]).toEqual([0.25]);
    expect((await trainer.state()).counters["ema"]).toBe(0);
    trainer.dispose();
  });
});

describe("resize-conv", () => {
  it("has PyTorch's kernels in the transposed convolutions' places, and trains them", async () => {
    const [first, second] = [await outcome({ upsample: "resize-conv" }), await outcome({ upsample: "resize-conv" }, 2)];
    const plain = await outcome({});
    expect([...first.state.tensors.keys()]).toEqual([...plain.state.tensors.keys()]);
    for (const [name, channels] of [["G_A/model.11.weight", [16, 8]], ["G_A/model.14.weight", [8, 4]]] as const) {
      expect(first.state.tensors.get(name)?.shape).toEqual([3, 3, ...channels]);
      expect(plain.state.tensors.get(name)?.shape).toEqual([3, 3, ...[...channels].reverse()]);
      expect(second.state.tensors.get(name)).not.toEqual(first.state.tensors.get(name));
    }
  });
});

describe("the weight of the identity losses", () => {
  it("falls linearly to 0 over the epochs given", () => {
    const weights = (identityEpochs: number): number[] =>
      [1, 2, 3, 4, 5, 9].map((epoch) => identityWeight({ lambdaIdentity: 0.5, identityEpochs }, epoch));
    expect(weights(4)).toEqual([0.5, 0.375, 0.25, 0.125, 0, 0]);
    expect(weights(0)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
  });

  it("scales them, and at 0 leaves their passes out", async () => {
    const lossesAt = async (lambdaIdentity: number, epoch = 1): Promise<Losses> => {
      const trainer = new CycleGANTrainer(gpu(), { ...small, lambdaIdentity, identityEpochs: 2 }, new Random(2));
      trainer.schedule({ step: 1, epoch, lr: small.lr });
      const losses = await train(trainer, new Random(1), 1);
      expect("idt_A" in (await trainer.visuals())).toBe(lambdaIdentity > 0 && epoch < 3);
      trainer.dispose();
      return losses;
    };
    const [whole, half] = [await lossesAt(0.5), await lossesAt(0.5, 2)];
    expect(half.idt_A).toBe(whole.idt_A / 2);
    expect(await lossesAt(0.5, 3)).toEqual(await lossesAt(0));
  });
});

describe("spectral norm", () => {
  it("moves both vectors with every pass, and trains the weights that are divided", async () => {
    const [first, second] = [await outcome({ spectralNorm: true }), await outcome({ spectralNorm: true }, 2)];
    const names = [...first.state.tensors.keys()].filter((name) => name.startsWith("D_A/model.0."));
    expect(names).toEqual(["D_A/model.0.bias", "D_A/model.0.weight_orig", "D_A/model.0.weight_u", "D_A/model.0.weight_v"]);
    for (const name of names) expect(second.state.tensors.get(name)).not.toEqual(first.state.tensors.get(name));
    expect(first.state.tensors.get("D_A/model.0.weight_v")?.shape).toEqual([4, 4, 3]);
    const length = (values: Float32Array | undefined): number => Math.hypot(...(values ?? []));
    expect(length(second.state.tensors.get("D_A/model.0.weight_u")?.values)).toBeCloseTo(1, 5);
    expect(length(second.state.tensors.get("D_A/model.0.weight_v")?.values)).toBeCloseTo(1, 5);
    expect([...first.state.tensors.keys()].filter((name) => /optimizer.*weight_[uv]/.test(name))).toEqual([]);
  });

  it("bounds what a discriminator makes of a change: its convolution amplifies none more than once", async () => {
    using scope = gpu().scope("spectral norm");
    const conv = new SpectralConv2d(gpu(), { inChannels: 6, outChannels: 5, kernelSize: 1, bias: "none" });
    initialise(conv, "normal", 3, new Random(5));
    const random = new Random(6);
    const x = Tensor.from(gpu(), [1, 8, 8, 6], Float32Array.from({ length: 384 }, () => random.normal()));
    for (let pass = 0; pass < 50; pass++) scope.drop(noGrad(() => conv.forward(x)));
    const y = await noGrad(() => conv.forward(x)).data();
    expect(Math.hypot(...y)).toBeLessThan(Math.hypot(...(await x.data())));
    releaseModule(conv);
  });

  it("keeps its vectors in a file in PyTorch's order, and is counted without them", async () => {
    const conv = new SpectralConv2d(gpu(), { inChannels: 2, outChannels: 3, kernelSize: 2 });
    initialise(conv, "normal", 1, new Random(5));
    // [kh, kw, in] in memory, [in, kh, kw] in the file.
    conv.parameters().get("weight_v")?.tensor.write([0, 1, 2, 3, 4, 5, 6, 7]);
    const file = await exportWeights(conv);
    const stored = file.get("weight_v");
    expect(stored?.shape).toEqual([8]);
    expect(stored && [...loadFloat32(stored, "v")]).toEqual([0, 2, 4, 6, 1, 3, 5, 7]);
    expect(file.get("weight_u")?.shape).toEqual([3]);
    const other = new SpectralConv2d(gpu(), { inChannels: 2, outChannels: 3, kernelSize: 2 });
    importWeights(other, file, "file");
    for (const [name, { tensor }] of conv.parameters()) {
      expect(await other.parameters().get(name)?.tensor.data()).toEqual(await tensor.data());
    }
    expect(parameterCount(conv)).toBe(2 * 2 * 2 * 3 + 3);
    releaseModule(conv);
    releaseModule(other);
  });
});

it("all options together hold no more memory step after step, and give all of it back", async () => {
  const before = gpu().stats.liveBytes;
  const trainer = new CycleGANTrainer(gpu(), Object.assign({}, small, { poolSize: 0 }, ...variants), new Random(2));
  const images = new Random(1);
  await train(trainer, images, 2);
  const held = gpu().stats.liveBytes;
  await train(trainer, images, 3);
  expect(gpu().stats.liveBytes).toBe(held);
  trainer.dispose();
  expect(gpu().stats.liveBytes).toBe(before);
});

it("a state without what an option needs is refused by name", async () => {
  const { state } = await outcome({});
  const trainer = new CycleGANTrainer(gpu(), { ...small, diffaugment: "cutout" }, new Random(2));
  expect(() => trainer.restore(state)).toThrow(/expected the random state diffaugment, got none/);
  trainer.dispose();
  const averaged = new CycleGANTrainer(gpu(), { ...small, ema: 0.9 }, new Random(2));
  expect(() => averaged.restore(state)).toThrow(/expected G_A_ema\/model\.1\.weight \[7, 7, 3, 4\], got none/);
  averaged.dispose();
});
