/** Receptive fields against brute force: which rows of the input change a value. */
import { expect, test } from "vitest";
import { activate } from "../../../src/models/deconvnet/graph.js";
import { buildNetwork } from "../../../src/models/networks/build.js";
import { fcn } from "../../../src/models/networks/fcn.js";
import type { Architecture, Layer } from "../../../src/models/networks/layer.js";
import { discriminator } from "../../../src/models/networks/patch-gan.js";
import { receptiveField } from "../../../src/models/networks/receptive-field.js";
import { resnetGenerator } from "../../../src/models/networks/resnet.js";
import { unetGenerator } from "../../../src/models/networks/unet.js";
import { initialise } from "../../../src/nn/init.js";
import { Random } from "../../../src/random.js";
import { noGrad } from "../../../src/tensor/grad-mode.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();

const resnet = { inputNc: 1, outputNc: 1, ngf: 4, nBlocks: 1, norm: "none" } as const;
const patches = { inputNc: 1, ndf: 4, netD: "n_layers", nLayersD: 2, norm: "none" } as const;

/** Without ReLUs, which hide some inputs from some outputs. */
function open(layers: readonly Layer[]): Layer[] {
  return layers.map((layer) => {
    if (layer.kind === "relu") return { kind: "relu", slope: 0.9 };
    if ("layers" in layer) return { ...layer, layers: open(layer.layers) };
    return layer;
  });
}

const cases: readonly (readonly [name: string, layer: string, architecture: Architecture])[] = [
  ["a PatchGAN", "model.0", discriminator(patches)],
  ["a PatchGAN", "model.8", discriminator(patches)],
  ["an antialiased PatchGAN", "model.6", discriminator({ ...patches, antialias: true })],
  ["a ResNet's encoder", "model.7", resnetGenerator(resnet)],
  ["a ResNet's block", "model.10", resnetGenerator(resnet)],
  ["a ResNet's decoder", "model.14", resnetGenerator(resnet)],
  ["a ResNet that resizes", "model.11", resnetGenerator({ ...resnet, upsample: "resize-conv" })],
  ["an antialiased ResNet", "model.13", resnetGenerator({ ...resnet, antialias: true, upsample: "bilinear-conv" })],
  ["a U-Net's encoder", "model.model.1.model.1", unetGenerator({ inputNc: 1, outputNc: 1, ngf: 4, numDowns: 3, norm: "none" })],
  ["a U-Net's decoder", "model.model.1.model.5", unetGenerator({ inputNc: 1, outputNc: 1, ngf: 4, numDowns: 3, norm: "none" })],
  ["an FCN's encoder", "features.5", fcn({ inputNc: 1, outputNc: 2, ngf: 4, encoder: "vgg8", fcn: "8s" })],
  ["an FCN's side", "score_pool3", fcn({ inputNc: 1, outputNc: 2, ngf: 4, encoder: "vgg8", fcn: "8s" })],
];

test.each(cases)("the receptive field of %s (%s)", async (_, layer, { list, layers }) => {
  const architecture = { list, layers: open(layers) };
  const network = buildNetwork(gpu(), architecture);
  initialise(network, "kaiming", 1, new Random(5));
  const [height, width] = [64, 16];
  const random = new Random(11);
  const image = new Float32Array(height * width);
  random.fillNormal(image, 1, 0);
  const run = (pixels: Float32Array): Tensor => {
    let found: Tensor | undefined;
    noGrad(() => {
      using _scope = gpu().scope("run");
      activate(network, Tensor.from(gpu(), [1, height, width, 1], pixels), (name, activation) => {
        if (name === layer) found = activation.alias();
        return name !== layer;
      });
    });
    if (!found) throw new Error(`no layer ${layer}`);
    return found;
  };
  const rowsOf = async (pixels: Float32Array): Promise<Float32Array[]> => {
    using tensor = run(pixels);
    const values = await tensor.data();
    const [, h = 1] = tensor.shape;
    return Array.from({ length: h }, (__, row) => values.slice((row * values.length) / h, ((row + 1) * values.length) / h));
  };
  const before = await rowsOf(image);
  const at = Math.floor(before.length / 2);
  const seen: number[] = [];
  for (let row = 0; row < height; row++) {
    const changed = image.slice();
    // Large, so that a max-pool always takes it.
    for (let x = 0; x < width; x++) changed[row * width + x] = 20 + x;
    const after = await rowsOf(changed);
    if (after[at]?.some((value, index) => value !== before[at]?.[index])) seen.push(row);
  }
  const { start, end } = receptiveField(architecture, layer, at);
  expect([Math.max(0, start), Math.min(height, end)]).toEqual([seen[0], (seen.at(-1) ?? -1) + 1]);
});
