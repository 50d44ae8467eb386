/** The U-Net: its layers, its names, and what follows from its description. */
import { expect, test } from "vitest";
import { MisuseError, ShapeError } from "../../../src/errors.js";
import { buildGenerator } from "../../../src/models/networks/generator.js";
import { largestActivation, parameterShapes, type Layer } from "../../../src/models/networks/layer.js";
import { unetGenerator, type UnetSizes } from "../../../src/models/networks/unet.js";
import { chooseTile } from "../../../src/models/tiling/plan.js";
import { generateInTiles } from "../../../src/models/tiling/tiled-generator.js";
import { DropoutMasks } from "../../../src/nn/dropout.js";
import { evaluating } from "../../../src/nn/evaluating.js";
import { initialise } from "../../../src/nn/init.js";
import { parameterCount, releaseModule } from "../../../src/nn/module.js";
import { Random } from "../../../src/random.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu({ guarded: true });
const sizes: UnetSizes = { inputNc: 3, outputNc: 3, ngf: 4, numDowns: 5, norm: "batch" };

test("the names and shapes are the reference's", () => {
  const shapes = parameterShapes(unetGenerator({ ...sizes, ngf: 64, numDowns: 8, trackRunningStats: true }));
  const deep = "model.model.1.model.3.model.3.model.3.model.3.model.3";
  expect(Object.fromEntries(shapes)).toMatchObject({
    "model.model.0.weight": [64, 3, 4, 4],
    "model.model.1.model.1.weight": [128, 64, 4, 4],
    "model.model.1.model.2.running_var": [128],
    "model.model.1.model.2.num_batches_tracked": [],
    "model.model.1.model.5.weight": [256, 64, 4, 4],
    [`${deep}.model.3.model.1.weight`]: [512, 512, 4, 4],
    [`${deep}.model.3.model.3.weight`]: [512, 512, 4, 4],
    [`${deep}.model.3.model.4.bias`]: [512],
    [`${deep}.model.5.weight`]: [1024, 512, 4, 4],
    "model.model.3.weight": [128, 3, 4, 4],
    "model.model.3.bias": [3],
  });
  // Without running statistics: 8 + 8 convolutions, 6 + 7 norms of two, and the last bias.
  expect(parameterShapes(unetGenerator({ ...sizes, numDowns: 8 })).size).toBe(16 + 26 + 1);
});

function dropouts(layers: readonly Layer[]): number {
  return layers.reduce((sum, layer) => sum + (layer.kind === "dropout" ? 1 : 0) + ("layers" in layer ? dropouts(layer.layers) : 0), 0);
}

test.each([[5, 0], [7, 2], [8, 3]])("%i halvings have dropout in %i middle blocks", (numDowns, expected) => {
  expect(dropouts(unetGenerator({ ...sizes, numDowns, dropout: true }).layers)).toBe(expected);
  expect(dropouts(unetGenerator({ ...sizes, numDowns }).layers)).toBe(0);
});

test.each([
  ["instance", 7, 41_825_667], ["batch", 7, 41_828_995], ["instance", 8, 54_409_603], ["batch", 8, 54_413_955],
] as const)("the number of parameters with %s norm and %i halvings is PyTorch's", (norm, numDowns, count) => {
  using rehearsal = gpu().rehearsal();
  expect(parameterCount(buildGenerator(rehearsal, { ...sizes, ngf: 64, numDowns, norm, trackRunningStats: norm === "batch" }))).toBe(count);
});

test("sides that it cannot halve are refused", () => {
  using _scope = gpu().scope("odd sides");
  const generator = buildGenerator(gpu(), sizes);
  expect(() => generator.forward(Tensor.zeros(gpu(), [1, 32, 48, 3]))).toThrow(ShapeError);
  expect(() => generator.forward(Tensor.zeros(gpu(), [1, 32, 48, 3]))).toThrow(/halve 5 times, multiples of 32 pixels, got x \[1, 32, 48, 3\]/);
  releaseModule(generator);
});

test("the largest activation is that of the description", () => {
  // The last convolution's input [64, 64, 8] in place of 4 channels; the image in 12 channels of taps, with its padding.
  expect(largestActivation(unetGenerator({ ...sizes, ngf: 64, numDowns: 6 }), 1, 128, 128)).toBe(4 * 66 * 66 * 128);
});

test("each pass has other masks, the same again from the same count, and none in use", async () => {
  using _scope = gpu().scope("dropout");
  const masks = new DropoutMasks(new Random(5));
  const generator = buildGenerator(gpu(), { ...sizes, norm: "instance", numDowns: 6, dropout: true, dropoutMasks: masks });
  initialise(generator, "kaiming", 1, new Random(2));
  const random = new Random(1);
  const x = Tensor.from(gpu(), [1, 64, 64, 3], Float32Array.from({ length: 64 * 64 * 3 }, () => random.uniform() - 0.5));
  const first = await generator.forward(x).data();
  expect(masks.updates).toBe(1);
  expect(await generator.forward(x).data()).not.toEqual(first);
  masks.updates = 0;
  expect(await generator.forward(x).data()).toEqual(first);
  const used = await evaluating(() => generator.forward(x)).data();
  expect(await evaluating(() => generator.forward(x)).data()).toEqual(used);
  expect(masks.updates).toBe(1);
  releaseModule(generator);
});

test("it is not computed in tiles, and says so", async () => {
  const generator = buildGenerator(gpu(), sizes);
  const image = { shape: [1, 64, 64, 3], data: new Float32Array(64 * 64 * 3) } as const;
  await expect(generateInTiles(gpu(), generator, image, { tile: 32 })).rejects.toThrow(/expected a ResNet generator, got a U-Net/);
  await expect(chooseTile(gpu(), sizes, [1, 64, 64, 3], 1000)).rejects.toThrow(/of device memory for 64×64 pixels at once, as a U-Net needs them/);
  expect(await chooseTile(gpu(), sizes, [1, 64, 64, 3], 1e9)).toBeUndefined();
  releaseModule(generator);
});

test("dropout without masks is refused in training", () => {
  using _scope = gpu().scope("no masks");
  const generator = buildGenerator(gpu(), { ...sizes, numDowns: 6, dropout: true });
  expect(() => generator.forward(Tensor.zeros(gpu(), [1, 64, 64, 3]))).toThrow(MisuseError);
  expect(() => generator.forward(Tensor.zeros(gpu(), [1, 64, 64, 3]))).toThrow(/model\.7: expected masks for dropout in training, got none/);
  releaseModule(generator);
});
