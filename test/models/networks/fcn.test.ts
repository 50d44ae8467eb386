/** The FCN: its names, its first weights, its recognition, and what it refuses. */
import { env, InferenceSession, Tensor as OnnxTensor } from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../../../src/errors.js";
import { explainDifferences } from "../../../src/io/differences.js";
import { exportWeights } from "../../../src/io/weights.js";
import { describeLayers, describeNetwork } from "../../../src/models/networks/describe.js";
import { bilinearKernel, encoderNames, fcn, fcnKinds, initialiseFcn, type Encoder, type FcnKind, type FcnSizes } from "../../../src/models/networks/fcn.js";
import { buildGenerator, type Generator } from "../../../src/models/networks/generator.js";
import { parameterShapes, sizedConvs } from "../../../src/models/networks/layer.js";
import { writeOnnx } from "../../../src/models/networks/onnx.js";
import { recognise } from "../../../src/models/networks/recognise.js";
import { generateInTiles } from "../../../src/models/tiling/tiled-generator.js";
import { chooseTile, translationPeak } from "../../../src/models/tiling/plan.js";
import { translateImage } from "../../../src/models/tiling/translate-image.js";
import { initialise } from "../../../src/nn/init.js";
import { parameterCount, releaseModule } from "../../../src/nn/module.js";
import { convTranspose2d } from "../../../src/ops/conv/conv-transpose2d.js";
import { upsampleBilinear2d } from "../../../src/ops/image/upsample-bilinear2d.js";
import { Random } from "../../../src/random.js";
import { noGrad } from "../../../src/tensor/grad-mode.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";

env.wasm.numThreads = 1;
const gpu = useGpu();
const small: FcnSizes = { inputNc: 3, outputNc: 4, ngf: 2, encoder: "vgg8", fcn: "8s" };

test("VGG-16's encoder has torchvision's names and number of parameters", () => {
  const shapes = parameterShapes(fcn({ inputNc: 3, outputNc: 21, ngf: 64, encoder: "vgg16", fcn: "8s" }));
  const features = [...shapes].filter(([name]) => name.startsWith("features."));
  expect(features.reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b), 0)).toBe(14_714_688);
  expect(features.filter(([name]) => name.endsWith("weight")).map(([name]) => name.split(".")[1])).toEqual(
    ["0", "2", "5", "7", "10", "12", "14", "17", "19", "21", "24", "26", "28"],
  );
  expect([...shapes].filter(([name]) => name.includes("score")).map(([name, shape]) => `${name} ${shape.join("×")}`).toSorted()).toEqual([
    "score_fr.bias 21", "score_fr.weight 21×512×1×1", "score_pool3.bias 21", "score_pool3.weight 21×256×1×1",
    "score_pool4.bias 21", "score_pool4.weight 21×512×1×1", "upscore2.weight 21×21×4×4", "upscore8.weight 21×21×16×16",
    "upscore_pool4.weight 21×21×4×4",
  ]);
});

test.each(fcnKinds)("FCN-%s: scores have the size of the image, and sums meet at equal strides", (kind) => {
  using _scope = gpu().scope("sizes");
  const network = buildGenerator(gpu(), { ...small, fcn: kind });
  initialise(network, "kaiming", 1, new Random(1));
  const x = Tensor.zeros(gpu(), [1, 96, 32, 3]);
  expect(noGrad(() => network.forward(x)).shape).toEqual([1, 96, 32, 4]);
  expect(parameterCount(network)).toBe([...parameterShapes(network.architecture).values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b), 0));
  const last = sizedConvs(network.architecture.layers, 96, 32).at(-1);
  expect(96 / (last?.height ?? 0)).toBe({ "8s": 8, "16s": 16, "32s": 32 }[kind]);
  expect(() => network.forward(Tensor.zeros(gpu(), [1, 48, 32, 3]))).toThrow(ShapeError);
  expect(() => network.forward(Tensor.zeros(gpu(), [1, 48, 32, 3]))).toThrow(/expected sides that an FCN can halve 5 times, multiples of 32 pixels, got x \[1, 48, 32, 3\]/);
  releaseModule(network);
});

describe("bilinear kernels", () => {
  test("of 3 and 4 pixels are those of the formula", () => {
    expect([...bilinearKernel(3, 1)]).toEqual([0.25, 0.5, 0.25, 0.5, 1, 0.5, 0.25, 0.5, 0.25]);
    expect([...bilinearKernel(4, 1).subarray(0, 8)]).toEqual([0.0625, 0.1875, 0.1875, 0.0625, 0.1875, 0.5625, 0.5625, 0.1875]);
  });

  /** An image of 3×4 pixels and two channels, and the second channel enlarged by a transposed convolution. */
  async function enlarged(factor: number) {
    using scope = gpu().scope("interpolation");
    const random = new Random(factor);
    const x = Tensor.from(gpu(), [1, 3, 4, 2], Float32Array.from({ length: 24 }, () => random.normal()));
    const kernel = Tensor.from(gpu(), [2 * factor, 2 * factor, 2, 2], bilinearKernel(2 * factor, 2));
    const y = convTranspose2d(x, kernel, undefined, { stride: factor, padding: factor / 2 });
    const reads = Promise.all([x.data(), y.data(), upsampleBilinear2d(x).data()]);
    scope.seal();
    const [before, after, doubled] = await reads;
    return {
      before: (h: number, w: number) => before[(h * 4 + w) * 2 + 1] ?? Number.NaN,
      after: (h: number, w: number) => after[(h * 4 * factor + w) * 2 + 1] ?? Number.NaN,
      doubled: (h: number, w: number) => doubled[(h * 8 + w) * 2 + 1] ?? Number.NaN,
    };
  }

  test("a transposed convolution by 2 is upsampleBilinear2d, but for the border", async () => {
    const { after, doubled } = await enlarged(2);
    for (let h = 1; h < 5; h++) for (let w = 1; w < 7; w++) expect(after(h, w)).toBeCloseTo(doubled(h, w), 5);
  });

  test.each([2, 8, 16, 32])("by %i, the middle between four pixels is their mean", async (factor) => {
    const { before, after } = await enlarged(factor);
    const around = (pixel: (h: number, w: number) => number, h: number, w: number): number =>
      (pixel(h - 1, w - 1) + pixel(h - 1, w) + pixel(h, w - 1) + pixel(h, w)) / 4;
    expect(around(after, factor, 2 * factor)).toBeCloseTo(around(before, 1, 2), 5);
  });

  test("and the first scores are 0", async () => {
    const network = buildGenerator(gpu(), small);
    initialiseFcn(network, new Random(1));
    const weights = network.parameters();
    expect((await weights.get("score_pool3.weight")?.tensor.data())?.every((value) => value === 0)).toBe(true);
    expect(await weights.get("upscore2.weight")?.tensor.data()).toEqual(bilinearKernel(4, 4));
    const deviation = Math.hypot(...(await weights.get("features.12.weight")?.tensor.data()) ?? []) / Math.sqrt(9 * 16 * 16);
    expect(deviation).toBeCloseTo(Math.sqrt(2 / (9 * 16)), 2);
    releaseModule(network);
  });
});

test("the activations inside sums are those of a network without sums, and sums those of their ways", async () => {
  const [summed, plain] = (["8s", "32s"] as const).map((kind) => buildGenerator(gpu(), { ...small, fcn: kind })) as [Generator, Generator];
  for (const network of [summed, plain]) initialise(network, "kaiming", 1, new Random(7));
  using scope = gpu().scope("activations");
  const x = Tensor.from(gpu(), [1, 32, 32, 3], Float32Array.from({ length: 3072 }, (_, i) => Math.sin(i)));
  const shared = ["features.1", "features.10", "features.14", "score_fr"];
  const read = async (network: Generator, names: readonly string[]) => {
    const found = noGrad(() => network.activations(x, names));
    return new Map(await Promise.all([...found].map(async ([name, tensor]) => [name, await tensor.data()] as const)));
  };
  const reads = Promise.all([read(summed, shared), read(plain, shared), read(summed, ["score_pool4", "upscore2", "score_pool4.sum"])]);
  const dispatchesOf = (name: string): number => {
    const before = gpu().stats.dispatches;
    noGrad(() => summed.activations(x, [name]));
    return gpu().stats.dispatches - before;
  };
  // Nothing runs behind the last: not the scores of a sum for what is before it or on the other way.
  expect(dispatchesOf("score_pool3")).toBeLessThan(dispatchesOf("score_pool4"));
  expect(dispatchesOf("score_fr")).toBeLessThan(dispatchesOf("upscore2"));
  scope.seal();
  const [inside, alone, parts] = await reads;
  expect([...inside.keys()]).toEqual(shared);
  expect(inside).toEqual(alone);
  const [side, way, total] = [...parts.values()] as [Float32Array, Float32Array, Float32Array];
  expect([...parts.keys()]).toEqual(["score_pool4", "upscore2", "score_pool4.sum"]);
  expect(total).toEqual(side.map((value, index) => value + (way[index] ?? 0)));
  for (const network of [summed, plain]) releaseModule(network);
});

const nothing = { missing: [], extra: [], reshaped: [] };

test.each(encoderNames.flatMap((encoder) => fcnKinds.flatMap((kind) => ["", "module.", "FCN."].map((prefix) => ({ encoder, kind, prefix })))))(
  "it is recognised by its names: %o",
  ({ encoder, kind, prefix }) => {
    const sizes: FcnSizes = { inputNc: 1, outputNc: 7, ngf: 3, encoder, fcn: kind };
    const shapes = parameterShapes(fcn(sizes));
    const { networks, others } = recognise(new Map([...shapes].map(([name, shape]) => [prefix + name, { shape }])));
    expect(networks).toMatchObject([{ prefix, network: { kind: "segmenter", sizes }, byShapes: false, statistics: [], ...nothing }]);
    expect(others).toEqual([]);
    expect(describeNetwork({ kind: "segmenter", sizes })).toBe(`an FCN-${kind} for segmentation into 7 classes, ${encoder}, ngf 3, 1 channels`);
  },
);

test("what it lacks is named, and a VGG without scores is no FCN", () => {
  const shapes = [...parameterShapes(fcn(small))].map(([name, shape]) => [name, { shape }] as const);
  const [found] = recognise(new Map(shapes.filter(([name]) => name !== "upscore8.weight"))).networks;
  expect(found && explainDifferences(found)).toMatch(/^missing upscore8\.weight/);
  const vgg = recognise(new Map(shapes.filter(([name]) => name.startsWith("features."))));
  expect(vgg.networks.map(({ network }) => network.kind)).toEqual(["unknown"]);
});

test("its layers are listed, with the size after each", () => {
  const lines = describeLayers(fcn(small), 64, 96).map(({ name, what, output }) => `${name} ${output?.join("×")} ${what}`);
  expect(lines).toEqual([
    "features.0 32×48×2 conv 3×3, padding 1; ReLU; max-pool 2×2",
    "features.3 16×24×4 conv 3×3, padding 1; ReLU; max-pool 2×2",
    "features.6 8×12×8 conv 3×3, padding 1; ReLU; max-pool 2×2",
    "score_pool3 8×12×4 conv 1×1",
    "features.9 4×6×16 conv 3×3, padding 1; ReLU; max-pool 2×2",
    "score_pool4 4×6×4 conv 1×1",
    "features.12 2×3×16 conv 3×3, padding 1; ReLU; max-pool 2×2",
    "score_fr 2×3×4 conv 1×1",
    "upscore2 4×6×4 transposed conv 4×4, stride 2, padding 1, no bias",
    "score_pool4.sum 4×6×4 added to score_pool4",
    "upscore_pool4 8×12×4 transposed conv 4×4, stride 2, padding 1, no bias",
    "score_pool3.sum 8×12×4 added to score_pool3",
    "upscore8 64×96×4 transposed conv 16×16, stride 8, padding 4, no bias",
  ]);
});

test.each(fcnKinds)("FCN-%s in ONNX: onnxruntime gives the same scores", async (kind) => {
  const sizes: FcnSizes = { ...small, outputNc: 3, fcn: kind };
  const network = buildGenerator(gpu(), sizes);
  initialise(network, "kaiming", 1, new Random(4));
  const random = new Random(5);
  const planes = Float32Array.from({ length: 3 * 32 * 64 }, () => random.normal() / 2);
  const pixels = Float32Array.from({ length: planes.length }, (_, i) => planes[(i % 3) * 2048 + Math.floor(i / 3)] ?? 0);
  using scope = gpu().scope("scores");
  const read = noGrad(() => network.forward(Tensor.from(gpu(), [1, 32, 64, 3], pixels))).data();
  scope.seal();
  const ours = await read;
  const session = await InferenceSession.create(writeOnnx(fcn(sizes), await exportWeights(network)));
  const { scores } = await session.run({ image: new OnnxTensor("float32", planes, [1, 3, 32, 64]) });
  expect(scores?.dims).toEqual([1, 3, 32, 64]);
  const theirs = scores?.data instanceof Float32Array ? scores.data : new Float32Array();
  const largest = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const error = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - (theirs[(i % 3) * 2048 + Math.floor(i / 3)] ?? Number.NaN))), 0);
  expect(error / largest).toBeLessThan(1e-5);
  await session.release();
  releaseModule(network);
});

describe("tiles", () => {
  test.each<[FcnKind, Encoder, number]>([["8s", "vgg8", 32], ["8s", "vgg16", 64], ["16s", "vgg11", 96], ["32s", "vgg8", 32]])(
    "FCN-%s, %s: tiles of %i pixels give the scores of the whole image",
    async (kind, encoder, tile) => {
      const network = buildGenerator(gpu(), { ...small, fcn: kind, encoder, ngf: 1 });
      initialise(network, "kaiming", 1, new Random(4));
      const random = new Random(5);
      const image = { shape: [1, 416, 64, 3], data: Float32Array.from({ length: 416 * 64 * 3 }, () => random.normal() / 2) } as const;
      let calls = 0;
      const tiled = await generateInTiles(gpu(), network, image, { tile, onTile: () => void calls++ });
      using scope = gpu().scope("at once");
      const read = noGrad(() => network.forward(Tensor.from(gpu(), image.shape, image.data))).data();
      scope.seal();
      const whole = await read;
      expect(calls).toBe(Math.ceil(416 / tile) * Math.ceil(64 / tile));
      const largest = whole.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest).toBeGreaterThan(0.1);
      const error = whole.reduce((most, value, i) => Math.max(most, Math.abs(value - (tiled.data[i] ?? Number.NaN))), 0);
      // The same sums, at most in another order where an edge cuts a window.
      expect(error / largest).toBeLessThan(1e-5);
      releaseModule(network);
    },
  );

  test("an image that does not fit at once is computed in the largest tiles that do", async () => {
    const wide: FcnSizes = { ...small, encoder: "vgg11", ngf: 16 };
    const shape = [1, 1024, 1024, 3] as const;
    const whole = (await translationPeak(gpu(), wide, shape)) ?? 0;
    const tile = await chooseTile(gpu(), wide, shape, whole / 2);
    expect([512, 384, 256]).toContain(tile);
    expect(await translationPeak(gpu(), wide, shape, tile)).toBeLessThanOrEqual(whole / 2);
    expect(await chooseTile(gpu(), wide, shape, whole)).toBeUndefined();
    await expect(chooseTile(gpu(), wide, shape, 1000)).rejects.toThrow(/of device memory for 1024×1024 pixels in the smallest tiles/);
  });

  test("tiles and sides that are no multiples of 32 are refused", async () => {
    const network = buildGenerator(gpu(), small);
    const image = (height: number) => ({ shape: [1, height, 64, 3], data: new Float32Array(height * 64 * 3) }) as const;
    await expect(generateInTiles(gpu(), network, image(64), { tile: 48 })).rejects.toThrow(/expected a tile of a multiple of 32 pixels, got 48/);
    await expect(generateInTiles(gpu(), network, image(40), { tile: 32 })).rejects.toThrow(/expected one image with sides that are multiples of 32/);
    releaseModule(network);
  });
});

test("an image of any size gets labels of its size, those of the image padded by reflection", async () => {
  const network = buildGenerator(gpu(), small);
  initialise(network, "kaiming", 1, new Random(4));
  const random = new Random(6);
  const image = { width: 45, height: 20, channels: 3, data: Uint8Array.from({ length: 2700 }, () => random.integer(256)) } as const;
  const labels = await translateImage(gpu(), network, image);
  expect([labels.width, labels.height, labels.channels, labels.finite]).toEqual([45, 20, 1, true]);
  expect(new Set(labels.data).size).toBeGreaterThan(1);
  expect(labels.data.every((label) => label < 4)).toBe(true);
  releaseModule(network);
});
