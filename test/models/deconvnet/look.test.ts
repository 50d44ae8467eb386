/** What is shown of each kind of network, and of which images. */
import { expect, test } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import { activate } from "../../../src/models/deconvnet/graph.js";
import { layersToLookAt, lookInto, type ChannelResponses, type LookImages, type LookProgress } from "../../../src/models/deconvnet/look.js";
import { buildNetwork, type Network } from "../../../src/models/networks/build.js";
import { dcganDiscriminator } from "../../../src/models/networks/dcgan.js";
import { fcn } from "../../../src/models/networks/fcn.js";
import { conv, type Architecture } from "../../../src/models/networks/layer.js";
import { discriminator } from "../../../src/models/networks/patch-gan.js";
import { resnetGenerator } from "../../../src/models/networks/resnet.js";
import { unetGenerator } from "../../../src/models/networks/unet.js";
import { evaluating } from "../../../src/nn/evaluating.js";
import { initialise } from "../../../src/nn/init.js";
import { Random } from "../../../src/random.js";
import { noGrad } from "../../../src/tensor/grad-mode.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();

function build(architecture: Architecture): Network {
  const network = buildNetwork(gpu(), architecture);
  initialise(network, "kaiming", 1, new Random(2));
  return network;
}

function randomImage(side: number, channels: number, seed: number): ImageBatch {
  const data = new Float32Array(side * side * channels);
  new Random(seed).fillNormal(data, 1, 0);
  return { shape: [1, side, side, channels], data };
}

function listed(images: readonly (ImageBatch | undefined)[]): LookImages & { readonly reads: number[] } {
  const reads: number[] = [];
  return {
    count: images.length,
    reads,
    async read(index) {
      reads.push(index);
      return images[index];
    },
  };
}

async function all(views: AsyncIterable<ChannelResponses>): Promise<ChannelResponses[]> {
  const found: ChannelResponses[] = [];
  for await (const view of views) found.push(view);
  return found;
}

const gan = { inputNc: 3, ndf: 4, netD: "n_layers", nLayersD: 1 } as const;
const generator = { inputNc: 3, outputNc: 3, ngf: 4 } as const;
const kinds: readonly (readonly [name: string, side: number, channels: number, layers: number, architecture: Architecture])[] = [
  ["CycleGAN's discriminator", 16, 3, 3, discriminator({ ...gan, norm: "instance" })],
  ["one with spectral norm and batch norm", 16, 3, 3, discriminator({ ...gan, norm: "batch", spectralNorm: true })],
  ["pix2pix's discriminator of pairs", 16, 6, 3, discriminator({ ...gan, inputNc: 6, norm: "batch", trackRunningStats: true })],
  ["CUT's discriminator", 16, 3, 3, discriminator({ ...gan, norm: "instance", antialias: true })],
  ["a pixel discriminator", 8, 3, 3, discriminator({ ...gan, netD: "pixel", norm: "instance" })],
  ["DCGAN's discriminator", 16, 3, 3, dcganDiscriminator({ nc: 3, imageSize: 16, ndf: 4 })],
  ["CycleGAN's generator", 16, 3, 7, resnetGenerator({ ...generator, nBlocks: 1, norm: "instance" })],
  ["CUT's generator", 16, 3, 7, resnetGenerator({ ...generator, nBlocks: 1, norm: "instance", antialias: true, upsample: "bilinear-conv" })],
  ["a generator with dropout that resizes", 16, 3, 7, resnetGenerator({ ...generator, nBlocks: 1, norm: "batch", dropout: true, upsample: "resize-conv" })],
  ["a U-Net", 16, 3, 8, unetGenerator({ ...generator, numDowns: 4, norm: "batch", trackRunningStats: true, dropout: true })],
  ["an FCN-8s", 32, 3, 11, fcn({ inputNc: 3, outputNc: 2, ngf: 4, encoder: "vgg8", fcn: "8s" })],
];

test.each(kinds)("%s", async (_, side, channels, layers, architecture) => {
  const network = build(architecture);
  const images = [1, 2, 3].map((seed) => randomImage(side, channels, seed));
  const views = await all(lookInto(gpu(), network, listed(images), { count: 2, images: 2 }));
  expect(new Set(views.map(({ layer }) => layer.name)).size).toBe(layers);
  for (const { layer, responses } of views) {
    const shown = Math.min(side, layer.field);
    for (const { image, patch, projection, window } of responses) {
      expect(projection.shape, layer.name).toEqual([1, shown, shown, channels]);
      expect(projection.data.every((value) => Number.isFinite(value))).toBe(true);
      expect(projection.data.some((value) => value !== 0), layer.name).toBe(true);
      const from = (window.top * side + window.left) * channels;
      expect([...patch.data.subarray(0, channels)]).toEqual([...(images[image]?.data.subarray(from, from + channels) ?? [])]);
    }
  }
});

test.each(kinds)("the forward pass of %s is the network's own", async (_, side, channels, __, architecture) => {
  const network = build(architecture);
  const { shape, data } = randomImage(side, channels, 4);
  using scope = gpu().scope("both");
  const x = Tensor.from(gpu(), shape, data);
  // A tanh at the end is left out.
  const names = network.layerNames.filter((name) => !isTanh(architecture, name));
  const expected = noGrad(() => evaluating(() => network.activations(x, names)));
  const found = new Map<string, Tensor>();
  noGrad(() => {
    activate(network, x, (name, activation) => {
      if (expected.has(name)) found.set(name, activation.alias());
      return true;
    });
  });
  scope.seal();
  expect([...found.keys()]).toEqual(names);
  for (const [name, tensor] of expected) {
    using own = found.get(name);
    const [a, b] = [await tensor.data(), (await own?.data()) ?? new Float32Array()];
    const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    // Sums of a norm with and without a residual, in float32.
    expect(a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? Number.NaN))), 0), name).toBeLessThan(1e-5 * largest);
  }
});

function isTanh({ list, layers }: Architecture, name: string): boolean {
  return layers.at(-1)?.kind === "tanh" && name === [...layersToLookAt({ architecture: { list, layers } }, 64, 64)].at(-1)?.last;
}

test("the strongest images are found, one place of each, and the images are read once more only to project them", async () => {
  const network = build({ list: "model", layers: [conv({ from: 1, to: 2, kernel: 1, bias: false })] });
  network.parameters().get("model.0.weight")?.tensor.write([1, -1]);
  const images = listed(
    [0.1, 0.9, undefined, -0.5, 0.4].map((value) => (value === undefined ? undefined : { shape: [1, 1, 2, 1], data: Float32Array.of(value, value / 2) })),
  );
  const progress: LookProgress[] = [];
  const views = await all(lookInto(gpu(), network, images, { images: 2, channels: [1, 0], onProgress: (one) => progress.push(one) }));
  expect(views.map(({ channel, responses }) => [channel, responses.map(({ image, window }) => [image, window.left])])).toEqual([
    [1, [[3, 0], [0, 1]]],
    [0, [[1, 0], [4, 0]]],
  ]);
  expect(views[1]?.responses[0]?.activation).toBeCloseTo(0.9, 6);
  expect(images.reads).toEqual([0, 1, 2, 3, 4, 3, 0, 1, 4]);
  expect(progress.at(4)).toEqual({ phase: "search", done: 5, total: 5 });
  expect(progress.at(-1)).toEqual({ phase: "projection", done: 4, total: 4 });
});

test("a signal ends it after the current image", async () => {
  const network = build({ list: "model", layers: [conv({ from: 1, to: 2, kernel: 1 })] });
  const images = listed(Array.from({ length: 4 }, (_, seed) => randomImage(2, 1, seed)));
  const controller = new AbortController();
  const stopAt = (at: number) => (progress: LookProgress) => void (progress.phase === "projection" && progress.done === at && controller.abort());
  expect(await all(lookInto(gpu(), network, images, { signal: controller.signal, onProgress: stopAt(5) }))).toHaveLength(1);
  expect(await all(lookInto(gpu(), network, images, { signal: controller.signal }))).toEqual([]);
});

test("layers and channels that are not there are named; a channel that a ReLU always cuts off is left out", async () => {
  const network = build({ list: "model", layers: [conv({ from: 1, to: 2, kernel: 1 }), { kind: "relu", slope: 0 }] });
  network.parameters().get("model.0.weight")?.tensor.write([0, 1]);
  network.parameters().get("model.0.bias")?.tensor.write([-1, 0]);
  const images = listed([randomImage(4, 1, 1)]);
  expect((await all(lookInto(gpu(), network, images))).map(({ channel }) => channel)).toEqual([1]);
  await expect(all(lookInto(gpu(), network, images, { layers: ["model.1"] }))).rejects.toThrow(/expected layers among model\.0, got "model\.1"/);
  await expect(all(lookInto(gpu(), network, images, { channels: [2] }))).rejects.toThrow(/expected channels of model\.0 from 0 to 1, got 2/);
});
