/** The way back from an activation to the pixels, on networks whose projection is known. */
import { expect, test } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import { project } from "../../../src/models/deconvnet/project.js";
import { buildNetwork, type Network } from "../../../src/models/networks/build.js";
import { conv, type Layer } from "../../../src/models/networks/layer.js";
import type { Norm } from "../../../src/nn/norm.js";
import { initialise } from "../../../src/nn/init.js";
import { max } from "../../../src/ops/reduce/max.js";
import { narrow } from "../../../src/ops/shape/narrow.js";
import { reshape } from "../../../src/ops/shape/reshape.js";
import { Random } from "../../../src/random.js";
import { backward } from "../../../src/tensor/autograd.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();

function build(layers: readonly Layer[], weights: Readonly<Record<string, readonly number[]>> = {}): Network {
  const network = buildNetwork(gpu(), { list: "model", layers });
  initialise(network, "kaiming", 1, new Random(3));
  for (const [name, values] of Object.entries(weights)) network.parameters().get(name)?.tensor.write(values);
  return network;
}

function imageOf(height: number, width: number, channels: number, values?: readonly number[]): ImageBatch {
  const random = new Random(7);
  const data = new Float32Array(height * width * channels);
  if (values) data.set(values);
  else random.fillNormal(data, 1, 0);
  return { shape: [1, height, width, channels], data };
}

const relu = (slope: number): Layer => ({ kind: "relu", slope });
const normOf = (norm: Norm, channels: number, trackRunningStats = false): Layer => ({ kind: "norm", norm, channels, trackRunningStats });

/** The gradient of the strongest activation of a channel, by the network's own modules. */
async function gradient(network: Network, image: ImageBatch, layer: string, channel: number): Promise<Float32Array> {
  using scope = gpu().scope("gradient");
  const x = Tensor.from(gpu(), image.shape, image.data).withGrad();
  const activation = network.activations(x, [layer]).get(layer);
  if (!activation) throw new Error("no activation");
  backward(max(reshape(narrow(activation, 3, channel, 1), [-1])));
  scope.seal();
  return (await x.grad?.data()) ?? new Float32Array();
}

const linear: readonly (readonly [name: string, layers: readonly Layer[], last: string])[] = [
  ["convolutions", [conv({ from: 3, to: 4, kernel: 3, padding: 1, edges: "reflect" }), conv({ from: 4, to: 5, kernel: 4, stride: 2, padding: 1 })], "model.2"],
  ["a leaky ReLU of slope 1", [conv({ from: 3, to: 4, kernel: 3 }), relu(1), conv({ from: 4, to: 5, kernel: 3 })], "model.2"],
  ["a transposed convolution", [conv({ from: 3, to: 4, kernel: 3, stride: 2, padding: 1 }), conv({ kind: "convTranspose", from: 4, to: 5, kernel: 3, stride: 2, padding: 1, outputPadding: 1 })], "model.1"],
  ["a nearest-neighbour doubling", [conv({ from: 3, to: 5, kernel: 3, padding: 1, edges: "reflect", upsample: true })], "model.0"],
  ["blur and bilinear doubling", [conv({ from: 3, to: 5, kernel: 1 }), { kind: "blurPool", channels: 5 }, { kind: "upsampleBilinear", channels: 5 }], "model.2"],
  ["a residual layer", [conv({ from: 3, to: 5, kernel: 1 }), { kind: "residual", layers: [conv({ from: 5, to: 5, kernel: 3, padding: 1, edges: "reflect" })] }], "model.1"],
  ["a skip layer", [conv({ from: 3, to: 2, kernel: 1 }), { kind: "skip", layers: [conv({ from: 2, to: 3, kernel: 3, padding: 1 })] }], "model.1"],
  ["a sum", [{ kind: "sum", side: conv({ from: 3, to: 5, kernel: 1, name: "side" }), layers: [conv({ from: 3, to: 5, kernel: 3, padding: 1 })] }], "side.sum"],
  ["a max-pool", [conv({ from: 3, to: 5, kernel: 3, padding: 1 }), { kind: "maxPool", size: 2 }, conv({ from: 5, to: 5, kernel: 3, padding: 1 })], "model.2"],
];

test.each(linear)("without rectifiers, the projection through %s is the gradient", async (_, layers, last) => {
  const network = build(layers);
  const image = imageOf(8, 12, 3);
  for (const channel of [0, 4]) {
    const { pixels } = await project(gpu(), network, image, last, channel);
    expect(pixels.data).toEqual(await gradient(network, image, last, channel));
    expect(pixels.data.some((value) => value !== 0)).toBe(true);
  }
});

// The activations are 1 and 3, and the signals that go back to them are 4 and −1.
const twoWays = { "model.0.weight": [1, 3], "model.2.weight": [4, -1] };

test.each([
  ["the gradient, whose mask lets both through", 1, false, 4 * 1 - 1 * 3],
  ["a ReLU, which cuts off the negative signal", 0, false, 4 * 1],
  ["a leaky ReLU, which multiplies it by its slope", 0.5, false, 4 * 1 - 0.5 * 3],
  ["a guided ReLU, whose activations are all positive", 0, true, 4 * 1],
])("the way back through %s", async (_, slope, guided, expected) => {
  const network = build([conv({ from: 1, to: 2, kernel: 1, bias: false }), relu(slope), conv({ from: 2, to: 1, kernel: 1, bias: false })], twoWays);
  const { pixels, activation } = await project(gpu(), network, imageOf(1, 1, 1, [1]), "model.2", 0, { guided });
  expect([...pixels.data]).toEqual([expected]);
  expect(activation).toBe(1);
});

test("a ReLU rectifies the signal whatever the activation was; a guided one cuts it off where the activation was negative", async () => {
  const layers = [conv({ from: 1, to: 2, kernel: 1, bias: false }), relu(0), conv({ from: 2, to: 1, kernel: 1, bias: false })];
  // The activations are 2 and −1, and both signals are positive.
  const network = build(layers, { "model.0.weight": [2, -1], "model.2.weight": [1, 10] });
  const image = imageOf(1, 1, 1, [1]);
  expect([...(await project(gpu(), network, image, "model.2", 0)).pixels.data]).toEqual([2 - 10]);
  expect([...(await project(gpu(), network, image, "model.2", 0, { guided: true })).pixels.data]).toEqual([2]);
});

test("the switches of a max-pool put the signal back where the largest value came from", async () => {
  const network = build([conv({ from: 1, to: 1, kernel: 1, bias: false }), { kind: "maxPool", size: 2 }], { "model.0.weight": [2] });
  const picture = [
    [1, 2, 0, 0],
    [3, 0, 0, 5],
    [0, 0, 0, 1],
    [4, 0, 1, 0],
  ];
  const found = await project(gpu(), network, imageOf(4, 4, 1, picture.flat()), "model.1", 0);
  expect(found).toMatchObject({ activation: 10, row: 0, column: 1, height: 2, width: 2 });
  expect([...found.pixels.data]).toEqual(picture.flat().map((value) => (value === 5 ? 2 : 0)));
});

test("an edge detector finds the edge of a picture", async () => {
  const sobel = [-1, 0, 1, -2, 0, 2, -1, 0, 1];
  const network = build([conv({ from: 1, to: 1, kernel: 3, padding: 1, edges: "reflect" }), relu(0)], { "model.1.weight": sobel, "model.1.bias": [0] });
  // Dark on the left of column 6; only the rows 3 to 5 have the edge.
  const picture = Array.from({ length: 8 }, (_, y) => Array.from({ length: 10 }, (__, x) => (y >= 3 && y <= 5 && x >= 6 ? 1 : -1)));
  const { activation, row, column, pixels } = await project(gpu(), network, imageOf(8, 10, 1, picture.flat()), "model.2", 0);
  expect([activation, row, column]).toEqual([8, 4, 5]);
  const expected = picture.map((line, y) => line.map((_, x) => (Math.abs(y - 4) <= 1 && Math.abs(x - 5) <= 1 ? sobel[3 * (y - 3) + x - 4] : 0)));
  expect([...pixels.data]).toEqual(expected.flat());
});

test.each([
  ["instance norm", normOf("instance", 2), 1],
  ["batch norm without running statistics", normOf("batch", 2), 3],
])("%s is linear with the statistics of the forward pass", async (_, norm, gamma) => {
  const network = build([conv({ from: 1, to: 2, kernel: 1, bias: false }), norm], {
    "model.0.weight": [1, 2],
    "model.1.weight": [1, gamma],
    "model.1.bias": [7, 5],
  });
  const values = [1, 2, 4, 9, -3, 0];
  const { pixels, activation } = await project(gpu(), network, imageOf(2, 3, 1, values), "model.1", 1);
  const mean = values.reduce((sum, value) => sum + 2 * value, 0) / 6;
  const rstd = 1 / Math.sqrt(values.reduce((sum, value) => sum + (2 * value - mean) ** 2, 0) / 6 + 1e-5);
  // Two products and a reciprocal square root in float32.
  expect(pixels.data[3]).toBeCloseTo(2 * gamma * rstd, 5);
  expect([...pixels.data].filter((value) => value !== 0)).toHaveLength(1);
  expect(activation).toBeCloseTo(gamma * (18 - mean) * rstd + (gamma === 1 ? 0 : 5), 4);
});

test("batch norm with running statistics uses those", async () => {
  const network = build([conv({ from: 1, to: 1, kernel: 1, bias: false }), normOf("batch", 1, true)], {
    "model.0.weight": [1],
    "model.1.weight": [6],
    "model.1.bias": [1],
    "model.1.running_mean": [2],
    "model.1.running_var": [9 - 1e-5],
  });
  const { pixels, activation } = await project(gpu(), network, imageOf(1, 2, 1, [5, 0]), "model.1", 0);
  expect([...pixels.data]).toEqual([expect.closeTo(2, 5), 0]);
  expect(activation).toBeCloseTo(2 * (5 - 2) + 1, 5);
});

test("spectral norm divides the weight by u · W v, and makes no step of the power iteration", async () => {
  const network = build([conv({ from: 1, to: 2, kernel: 1, bias: false, spectralNorm: true })], {
    "model.0.weight_orig": [3, 4],
    "model.0.weight_u": [1, 0],
    "model.0.weight_v": [1],
  });
  const { pixels } = await project(gpu(), network, imageOf(1, 1, 1, [1]), "model.0", 1);
  expect([...pixels.data]).toEqual([expect.closeTo(4 / 3, 6)]);
  expect([...((await network.parameters().get("model.0.weight_u")?.tensor.data()) ?? [])]).toEqual([1, 0]);
});

test("weights get no gradient, and nothing stays behind", async () => {
  const network = build([conv({ from: 3, to: 4, kernel: 3 }), relu(0), conv({ from: 4, to: 2, kernel: 3 })]);
  await project(gpu(), network, imageOf(8, 8, 3), "model.2", 0);
  const before = gpu().pool.liveBytes;
  await project(gpu(), network, imageOf(8, 8, 3), "model.2", 1);
  expect(gpu().pool.liveBytes).toBe(before);
  for (const { tensor } of network.parameters().values()) expect(tensor.grad).toBeUndefined();
});

test("what is not there is named", async () => {
  const network = build([conv({ from: 3, to: 4, kernel: 3 })]);
  await expect(project(gpu(), network, imageOf(8, 8, 3), "model.9", 0)).rejects.toThrow(/expected the name of a layer, got "model.9"/);
  await expect(project(gpu(), network, imageOf(8, 8, 3), "model.0", 4)).rejects.toThrow(/expected a channel of model\.0 from 0 to 3, got 4/);
  const two: ImageBatch = { shape: [2, 8, 8, 3], data: new Float32Array(2 * 8 * 8 * 3) };
  await expect(project(gpu(), network, two, "model.0", 0)).rejects.toThrow(/expected one image, got x \[2, 8, 8, 3\]/);
});
