import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gpu } from "../../../src/gpu/gpu.js";
import { buildDiscriminator } from "../../../src/models/networks/patch-gan.js";
import { buildGenerator } from "../../../src/models/networks/generator.js";
import { parameterCount, releaseModule } from "../../../src/nn/module.js";
import { openGpu } from "../../../src/open-gpu.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

/** What the reference prints for its networks, with instance norm and with batch norm. */
const generators = [
  [9, 64, 11_378_179, 11_383_427],
  [6, 64, 7_837_699, 7_841_411],
  [6, 32, 1_965_059, undefined],
  [9, 32, 2_850_563, undefined],
  [9, 16, 715_651, undefined],
] as const;

const discriminators = [
  ["basic", 3, 64, 2_764_737, 2_765_633],
  ["n_layers", 1, 64, 136_385, 136_513],
  ["n_layers", 2, 64, 662_977, 663_361],
  ["n_layers", 4, 64, 6_959_553, 6_960_961],
  ["n_layers", 5, 64, 11_154_369, 11_156_289],
  ["basic", 3, 32, 694_241, undefined],
  ["pixel", 3, 64, 8_705, 8_832],
] as const;

describe("parameter counts are the reference's", () => {
  it.each(generators)("generator of %i blocks, ngf %i", (nBlocks, ngf, instance, batch) => {
    const count = (norm: "instance" | "batch"): number => {
      const network = buildGenerator(gpu, { inputNc: 3, outputNc: 3, ngf, nBlocks, norm });
      const total = parameterCount(network);
      releaseModule(network);
      return total;
    };
    expect(count("instance")).toBe(instance);
    if (batch !== undefined) expect(count("batch")).toBe(batch);
  });

  it.each(discriminators)("%s discriminator of %i layers, ndf %i", (netD, nLayersD, ndf, instance, batch) => {
    const count = (norm: "instance" | "batch"): number => {
      const network = buildDiscriminator(gpu, { inputNc: 3, ndf, netD, nLayersD, norm });
      const total = parameterCount(network);
      releaseModule(network);
      return total;
    };
    expect(count("instance")).toBe(instance);
    if (batch !== undefined) expect(count("batch")).toBe(batch);
  });
});

describe("parameters have the reference's names", () => {
  it("in a generator of 9 blocks", () => {
    const network = buildGenerator(gpu, { inputNc: 3, outputNc: 3, ngf: 4, nBlocks: 9, norm: "instance" });
    const names = [...network.parameters().keys()];
    expect(names).toHaveLength(48);
    expect(names.slice(0, 8)).toEqual([
      "model.1.weight",
      "model.1.bias",
      "model.4.weight",
      "model.4.bias",
      "model.7.weight",
      "model.7.bias",
      "model.10.conv_block.1.weight",
      "model.10.conv_block.1.bias",
    ]);
    expect(names).toContain("model.18.conv_block.5.weight");
    expect(names.slice(-6).filter((name) => name.endsWith("weight"))).toEqual(["model.19.weight", "model.22.weight", "model.26.weight"]);
    releaseModule(network);
  });

  it("in a PatchGAN and a pixel discriminator, with batch norm's own", () => {
    const patch = buildDiscriminator(gpu, { inputNc: 3, ndf: 4, netD: "basic", nLayersD: 3, norm: "instance" });
    expect([...patch.parameters().keys()].filter((name) => name.endsWith("weight"))).toEqual(
      [0, 2, 5, 8, 11].map((index) => `model.${index}.weight`),
    );
    const pixel = buildDiscriminator(gpu, { inputNc: 3, ndf: 4, netD: "pixel", nLayersD: 3, norm: "batch" });
    expect([...pixel.parameters().keys()]).toEqual([
      "net.0.weight",
      "net.0.bias",
      "net.2.weight",
      "net.3.weight",
      "net.3.bias",
      "net.5.weight",
    ]);
    releaseModule(patch);
    releaseModule(pixel);
  });
});
