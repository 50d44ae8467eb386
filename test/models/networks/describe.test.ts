import { expect, test } from "vitest";
import { describeLayers } from "../../../src/models/networks/describe.js";
import { dcganDiscriminator, dcganGenerator } from "../../../src/models/networks/dcgan.js";
import { parameterShapes } from "../../../src/models/networks/layer.js";
import { discriminator } from "../../../src/models/networks/patch-gan.js";
import { resnetGenerator } from "../../../src/models/networks/resnet.js";
import { unetGenerator } from "../../../src/models/networks/unet.js";

test("a generator, a line for each convolution or block", () => {
  const layers = describeLayers(resnetGenerator({ inputNc: 3, outputNc: 3, ngf: 64, nBlocks: 1, norm: "batch" }), 256, 256);
  expect(layers).toEqual([
    { name: "model.1", last: "model.3", what: "conv 7×7, reflection padding 3, no bias; batch norm; ReLU", output: [256, 256, 64], parameters: 9_536 },
    { name: "model.4", last: "model.6", what: "conv 3×3, stride 2, padding 1, no bias; batch norm; ReLU", output: [128, 128, 128], parameters: 73_984 },
    { name: "model.7", last: "model.9", what: "conv 3×3, stride 2, padding 1, no bias; batch norm; ReLU", output: [64, 64, 256], parameters: 295_424 },
    {
      name: "model.10",
      last: "model.10",
      what: "residual (conv 3×3, reflection padding 1, no bias; batch norm; ReLU; conv 3×3, reflection padding 1, no bias; batch norm)",
      output: [64, 64, 256],
      parameters: 1_180_672,
    },
    { name: "model.11", last: "model.13", what: "transposed conv 3×3, stride 2, padding 1, no bias; batch norm; ReLU", output: [128, 128, 128], parameters: 295_168 },
    { name: "model.14", last: "model.16", what: "transposed conv 3×3, stride 2, padding 1, no bias; batch norm; ReLU", output: [256, 256, 64], parameters: 73_856 },
    { name: "model.18", last: "model.19", what: "conv 7×7, reflection padding 3; tanh", output: [256, 256, 3], parameters: 9_411 },
  ]);
});

test("DCGAN's generator grows an image of one pixel of noise, and the discriminator makes one logit of it", () => {
  const layers = describeLayers(dcganGenerator({ nc: 3, nz: 100, ngf: 64, imageSize: 64 }), 1, 1);
  expect(layers.map(({ name, output }) => [name, output])).toEqual([
    ["main.0", [4, 4, 512]], ["main.3", [8, 8, 256]], ["main.6", [16, 16, 128]], ["main.9", [32, 32, 64]], ["main.12", [64, 64, 3]],
  ]);
  const judged = describeLayers(dcganDiscriminator({ nc: 3, ndf: 64, imageSize: 64 }), 64, 64);
  expect(judged.map(({ name, output }) => [name, output])).toEqual([
    ["main.0", [32, 32, 64]], ["main.2", [16, 16, 128]], ["main.5", [8, 8, 256]], ["main.8", [4, 4, 512]], ["main.11", [1, 1, 1]],
  ]);
  // What PyTorch counts for the two networks of its dcgan example.
  const total = (all: typeof layers): number => all.reduce((sum, { parameters }) => sum + parameters, 0);
  expect([total(layers), total(judged)]).toEqual([3_576_704, 2_765_568]);
  expect(() => dcganGenerator({ nc: 3, nz: 100, ngf: 64, imageSize: 48 })).toThrow("dcganGenerator: expected imageSize to be a power of two of at least 8, got 48.");
});

test("a U-Net, a line for each convolution and each end of a skip layer", () => {
  const layers = describeLayers(unetGenerator({ inputNc: 3, outputNc: 1, ngf: 4, numDowns: 3, norm: "batch", trackRunningStats: true }), 16, 32);
  expect(layers).toEqual([
    { name: "model.model.0", last: "model.model.1.model.0", what: "conv 4×4, stride 2, padding 1, no bias; LeakyReLU 0.2", output: [8, 16, 4], parameters: 192 },
    { name: "model.model.1.model.1", last: "model.model.1.model.3.model.0", what: "conv 4×4, stride 2, padding 1, no bias; batch norm; LeakyReLU 0.2", output: [4, 8, 8], parameters: 528 },
    { name: "model.model.1.model.3.model.1", last: "model.model.1.model.3.model.2", what: "conv 4×4, stride 2, padding 1, no bias; ReLU", output: [2, 4, 16], parameters: 2048 },
    { name: "model.model.1.model.3.model.3", last: "model.model.1.model.3.model.4", what: "transposed conv 4×4, stride 2, padding 1, no bias; batch norm", output: [4, 8, 8], parameters: 2064 },
    { name: "model.model.1.model.3", last: "model.model.1.model.4", what: "joined to what it began with; ReLU", output: [4, 8, 16], parameters: 0 },
    { name: "model.model.1.model.5", last: "model.model.1.model.6", what: "transposed conv 4×4, stride 2, padding 1, no bias; batch norm", output: [8, 16, 4], parameters: 1032 },
    { name: "model.model.1", last: "model.model.2", what: "joined to what it began with; ReLU", output: [8, 16, 8], parameters: 0 },
    { name: "model.model.3", last: "model.model.4", what: "transposed conv 4×4, stride 2, padding 1; tanh", output: [16, 32, 1], parameters: 129 },
  ]);
});

test("doubling by nearest neighbours, no norm, spectral norm, LeakyReLU; singular vectors are no parameters", () => {
  const resized = describeLayers(resnetGenerator({ inputNc: 3, outputNc: 3, ngf: 2, nBlocks: 0, norm: "none", upsample: "resize-conv" }), 8, 12);
  expect(resized[3]).toEqual({ name: "model.10", last: "model.12", what: "doubling, conv 3×3, reflection padding 1, no bias; ReLU", output: [4, 6, 4], parameters: 288 });
  const judge = describeLayers(discriminator({ inputNc: 3, ndf: 4, netD: "pixel", nLayersD: 3, norm: "instance", spectralNorm: true }), 8, 8);
  expect(judge.map(({ what }) => what)).toEqual([
    "conv 1×1, spectral norm; LeakyReLU 0.2",
    "conv 1×1, spectral norm; instance norm; LeakyReLU 0.2",
    "conv 1×1, spectral norm",
  ]);
  expect(judge[0]?.parameters).toBe(16);
});

test.each([
  resnetGenerator({ inputNc: 1, outputNc: 3, ngf: 4, nBlocks: 3, norm: "batch" }),
  discriminator({ inputNc: 3, ndf: 4, netD: "n_layers", nLayersD: 9, norm: "instance" }),
])("parameters of all lines are those of the network, and no side is below 1: %#", (architecture) => {
  const lines = describeLayers(architecture, 256, 256);
  const sizes = [...parameterShapes(architecture).values()].map((shape) => shape.reduce((product, size) => product * size, 1));
  expect(lines.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(sizes.reduce((sum, size) => sum + size, 0));
  expect(lines.every(({ output }) => output === undefined || Math.min(...output) >= 1)).toBe(true);
  expect(lines.at(-1)?.output === undefined).toBe(architecture.layers.length > 25);
});
