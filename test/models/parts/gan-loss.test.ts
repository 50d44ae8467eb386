/** The adversarial losses: their values, and the state and limits of the gradient penalty. Agreement with PyTorch: test/agreement. */
import { describe, expect, it } from "vitest";
import { MisuseError, ShapeError } from "../../../src/errors.js";
import type { CycleGANOptions } from "../../../src/models/cyclegan/options.js";
import { CycleGANTrainer } from "../../../src/models/cyclegan/trainer.js";
import { buildGenerator } from "../../../src/models/networks/generator.js";
import { buildDiscriminator } from "../../../src/models/networks/patch-gan.js";
import { networkTangent } from "../../../src/models/networks/tangent.js";
import { GanLoss, type GanLossOptions } from "../../../src/models/parts/gan-loss.js";
import { GradientPenalty } from "../../../src/models/parts/gradient-penalty.js";
import { initialise } from "../../../src/nn/init.js";
import { releaseModule } from "../../../src/nn/module.js";
import { Random } from "../../../src/random.js";
import { backward } from "../../../src/tensor/autograd.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { small, train } from "../../support/small-training.js";

const gpu = useGpu();
const bce = (d: number, label: number): number => -label * Math.log(1 / (1 + Math.exp(-d))) - (1 - label) * Math.log(1 / (1 + Math.exp(d)));

/** The losses of maps that are d everywhere. */
async function losses(options: GanLossOptions, d: number): Promise<Record<"generator" | "real" | "fake", number>> {
  using scope = gpu().scope("losses");
  const gan = new GanLoss(options, new Random(1));
  const map = Tensor.full(gpu(), [2, 3, 3, 1], d);
  const of = { generator: gan.ofGenerator(map), real: gan.ofDiscriminator(map, "real"), fake: gan.ofDiscriminator(map, "fake") };
  scope.seal();
  return { generator: await of.generator.item(), real: await of.real.item(), fake: await of.fake.item() };
}

it.each<[string, GanLossOptions, Record<"generator" | "real" | "fake", number>]>([
  ["lsgan", { ganMode: "lsgan", labelSmoothing: 0 }, { generator: 0.49, real: 0.49, fake: 0.09 }],
  ["lsgan, smoothed: only the discriminator's labels", { ganMode: "lsgan", labelSmoothing: 0.1 }, { generator: 0.49, real: 0.36, fake: 0.04 }],
  ["vanilla", { ganMode: "vanilla", labelSmoothing: 0 }, { generator: bce(0.3, 1), real: bce(0.3, 1), fake: bce(0.3, 0) }],
  ["vanilla, smoothed", { ganMode: "vanilla", labelSmoothing: 0.2 }, { generator: bce(0.3, 1), real: bce(0.3, 0.8), fake: bce(0.3, 0.2) }],
  ["hinge", { ganMode: "hinge", labelSmoothing: 0 }, { generator: -0.3, real: 0.7, fake: 1.3 }],
  ["wgangp", { ganMode: "wgangp", labelSmoothing: 0 }, { generator: -0.3, real: -0.3, fake: 0.3 }],
])("%s has the values of its definition", async (_, options, expected) => {
  const got = await losses(options, 0.3);
  for (const [name, value] of Object.entries(expected)) expect(got[name as keyof typeof got], name).toBeCloseTo(value, 6);
});

describe.each<Partial<CycleGANOptions>>([
  { ganMode: "hinge" },
  { ganMode: "wgangp" },
  { ganMode: "wgangp", norm: "batch", spectralNorm: true, diffaugment: "color" },
])("a CycleGAN with %o", (options) => {
  it("goes on to the same bits from its state", async () => {
    const [whole, first, second] = [1, 1, 2].map((seed) => new CycleGANTrainer(gpu(), { ...small, ...options }, new Random(seed)));
    if (!whole || !first || !second) throw new Error("three trainers");
    const images = new Random(3);
    await train(whole, images, 4);
    const again = new Random(3);
    await train(first, again, 2);
    const state = await first.state();
    expect("gradient_penalty" in state.random).toBe(options.ganMode === "wgangp");
    second.restore(state);
    await train(second, again, 2);
    expect(await second.state()).toEqual(await whole.state());
    for (const trainer of [whole, first, second]) trainer.dispose();
  });
});

describe("the gradient penalty", () => {
  it("leaves the last bias of a critic alone, which its loss does not depend on", async () => {
    const trainer = new CycleGANTrainer(gpu(), { ...small, ganMode: "wgangp" }, new Random(1));
    await train(trainer, new Random(3), 3);
    const { tensors } = await trainer.state();
    expect(tensors.get("D_A/model.5.bias")?.values).toEqual(new Float32Array(1));
    expect(tensors.get("optimizer_D.m/D_A.model.2.weight")?.values.some((value) => value !== 0)).toBe(true);
    trainer.dispose();
  });

  it("is finite where a critic is flat, and reaches its weights alone", async () => {
    using scope = gpu().scope("flat");
    const critic = buildDiscriminator(gpu(), { inputNc: 3, ndf: 4, netD: "n_layers", nLayersD: 1, norm: "none" });
    initialise(critic, "normal", 1e-30, new Random(1));
    const [real, fake] = [1, -1].map((value) => Tensor.full(gpu(), [1, 8, 8, 3], value).withGrad());
    if (!real || !fake) throw new Error("two images");
    const penalty = new GradientPenalty(new Random(2)).of(critic, real, fake);
    backward(penalty);
    scope.seal();
    expect(await penalty.item()).toBeCloseTo(10, 5);
    const gradient = await critic.parameters().get("model.5.weight")?.tensor.grad?.data();
    expect(gradient?.every((value) => Number.isFinite(value))).toBe(true);
    expect([real.grad, fake.grad]).toEqual([undefined, undefined]);
    releaseModule(critic);
  });

  it("refuses images of two sizes", () => {
    using _scope = gpu().scope("two sizes");
    const critic = buildDiscriminator(gpu(), { inputNc: 3, ndf: 4, netD: "pixel", nLayersD: 1, norm: "none" });
    const penalty = (): unknown => new GradientPenalty(new Random(2)).of(critic, Tensor.zeros(gpu(), [1, 8, 8, 3]), Tensor.zeros(gpu(), [1, 8, 9, 3]));
    expect(penalty).toThrow(ShapeError);
    expect(penalty).toThrow(
      "gradient penalty: expected real and generated images of one size, got [1, 8, 8, 3] and [1, 8, 9, 3]. Use a --preprocess with crop, or another --gan-mode.",
    );
    releaseModule(critic);
  });

  it("refuses a critic with layers that no discriminator here has", () => {
    using _scope = gpu().scope("a generator");
    const generator = buildGenerator(gpu(), { inputNc: 3, outputNc: 3, ngf: 4, nBlocks: 1, norm: "instance" });
    const x = Tensor.zeros(gpu(), [1, 8, 8, 3]);
    const tangent = (): unknown => networkTangent(generator, x, x);
    expect(tangent).toThrow(MisuseError);
    expect(tangent).toThrow("networkTangent: expected convolutions, norms, leaky ReLUs and blurs in a row, got model.10, a residual layer. Use hinge, lsgan or vanilla.");
    releaseModule(generator);
  });
});
