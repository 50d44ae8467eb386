import { describe, expect, it } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import { NonFiniteError } from "../../../src/errors.js";
import { describeOrigin, firstNonFinite } from "../../../src/tensor/first-non-finite.js";
import { defaultOptions, lossNames, type CycleGANOptions } from "../../../src/models/cyclegan/options.js";
import { CycleGANTrainer } from "../../../src/models/cyclegan/trainer.js";
import { parameterTensors } from "../../../src/nn/module.js";
import { Random } from "../../../src/random.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();

const small: CycleGANOptions = { ...defaultOptions, ngf: 4, ndf: 4, nBlocks: 1, netD: "n_layers", nLayersD: 1, poolSize: 2 };

function trainerOf(options: Partial<CycleGANOptions> = {}): CycleGANTrainer {
  return new CycleGANTrainer(gpu(), { ...small, ...options }, new Random(7));
}

function noise(seed: number): ImageBatch {
  const random = new Random(seed);
  return { shape: [1, 12, 16, 3], data: Float32Array.from({ length: 576 }, () => 2 * random.uniform() - 1) };
}

function flat(value: number): ImageBatch {
  return { shape: [1, 12, 16, 3], data: new Float32Array(576).fill(value) };
}

/** An image with one pixel that is no number. */
function broken(value: number): ImageBatch {
  const image = noise(3);
  image.data[100] = value;
  return image;
}

describe("a training step that leaves NaN or infinity", () => {
  it.each([Number.NaN, Infinity])("fails at the next step: %d in an image", async (value) => {
    const trainer = trainerOf();
    await trainer.step({ A: noise(1), B: noise(2) });
    await trainer.step({ A: broken(value), B: noise(2) });
    await expect(trainer.step({ A: noise(1), B: noise(2) })).rejects.toThrow(NonFiniteError);
    trainer.dispose();
  });

  it("fails where its losses are asked for, which names those that are broken", async () => {
    const trainer = trainerOf();
    await trainer.step({ A: noise(1), B: broken(Number.NaN) });
    await expect(trainer.losses()).rejects.toThrow(/^training step: expected finite numbers, got .*cycle_B = NaN/);
    trainer.dispose();
  });

  it("fails where only the square of a gradient overflows, while all losses are finite", async () => {
    // The loss is about 1e30, and the square of such a gradient, which Adam needs, is beyond 3.4e38.
    const trainer = trainerOf({ lambdaB: 1e30 });
    await trainer.step({ A: noise(1), B: noise(2) });
    await expect(trainer.losses()).rejects.toThrow(
      /^training step: expected finite numbers, got NaN or infinity among the gradients, parameters and moments of the generators\. /,
    );
    trainer.dispose();
  });

  it("is explained by the module and the pass where it began", async () => {
    const trainer = trainerOf();
    const { G_A } = trainer.networks;
    const [, second] = [...G_A.parameters()].filter(([name]) => name.endsWith("weight"));
    expect(second?.[0]).toBe("model.4.weight");
    const tensor = second?.[1].tensor;
    tensor?.write(Float32Array.from(await tensor.data(), (value, i) => (i === 5 ? 3e38 : value)));
    const found = await firstNonFinite(gpu(), () => trainer.step({ A: noise(1), B: noise(2) }));
    expect(found && describeOrigin(found)).toMatch(
      /^instanceNorm in G_A\.model\.5 \(forward\) made NaN in y "instanceNorm" \[\d, 6, 8, 8\] from finite x|conv2d in G_A\.model\.4 \(forward\) made infinity in y/,
    );
    trainer.dispose();
  });

  it("is explained by an image that was broken already", async () => {
    const trainer = trainerOf({ lambdaIdentity: 0 });
    const found = await firstNonFinite(gpu(), () => trainer.step({ A: broken(Number.NaN), B: noise(2) }));
    expect(found && describeOrigin(found)).toMatch(/was given NaN in . "real_A" \[1, 12, 16, 3\]$/);
    trainer.dispose();
  });

  it("makes the same bits while it is looked at", async () => {
    const [plain, observed] = [trainerOf(), trainerOf()];
    await plain.step({ A: noise(1), B: noise(2) });
    expect(await firstNonFinite(gpu(), () => observed.step({ A: noise(1), B: noise(2) }))).toBeUndefined();
    expect(await observed.losses()).toEqual(await plain.losses());
    const weights = ({ networks: { D_B } }: CycleGANTrainer) => Promise.all(parameterTensors(D_B).map((tensor) => tensor.data()));
    expect(await weights(observed)).toEqual(await weights(plain));
    plain.dispose();
    observed.dispose();
  });
});

describe("flat images", () => {
  it.each([
    ["black", flat(-1), flat(-1), {}],
    ["white against noise", flat(1), noise(4), {}],
    ["gray, with batch norm", flat(0), flat(0), { norm: "batch" }],
    ["white, the deepest discriminator", flat(1), flat(1), { netD: "n_layers", nLayersD: 2, ganMode: "vanilla" }],
  ] as const)("are survived: %s", async (_, a, b, options) => {
    const trainer = trainerOf({ lr: 2e-3, ...options });
    for (let step = 0; step < 5; step++) await trainer.step({ A: a, B: b });
    await trainer.step({ A: noise(1), B: noise(2) });
    const losses = await trainer.losses();
    for (const name of lossNames) expect(losses[name], name).toBeLessThan(100);
    trainer.dispose();
  });
});
