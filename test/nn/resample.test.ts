/** The fixed filters of antialiased networks. */
import { expect, test } from "vitest";
import { CheckpointError } from "../../src/errors.js";
import { exportWeights, importWeights } from "../../src/io/weights.js";
import { loadFloat32, storeFloat32 } from "../../src/io/safetensors.js";
import { initialise } from "../../src/nn/init.js";
import { parameterCount, releaseModule, trainedTensors } from "../../src/nn/module.js";
import { Resample2d, resampleFilters, type ResampleKind } from "../../src/nn/resample.js";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();
const kinds = Object.keys(resampleFilters) as ResampleKind[];

function build(kind: ResampleKind): Resample2d {
  const layer = new Resample2d(gpu(), kind, 3);
  initialise(layer, "normal", 0.02, new Random(1));
  return layer;
}

test.each(kinds)("%s: the buffer of each channel is the reference's, and is no parameter", async (kind) => {
  const layer = build(kind);
  const [side, sum] = kind === "blurPool" ? [3, 1] : [4, 4];
  const filt = (await exportWeights(layer)).get("filt");
  expect(filt?.shape).toEqual([3, 1, side, side]);
  const values = filt ? loadFloat32(filt, "filt") : new Float32Array();
  for (const channel of [0, 1, 2]) {
    const own = values.subarray(channel * side * side, (channel + 1) * side * side);
    expect(own.reduce((total, value) => total + value, 0)).toBe(sum);
    expect(own[0]).toBe(1 / 16);
  }
  expect([parameterCount(layer), trainedTensors(layer)]).toEqual([0, []]);
  releaseModule(layer);
});

test.each(kinds)("%s: what one pixel becomes is the filter", async (kind) => {
  const layer = build(kind);
  const [side, factors] = [8, resampleFilters[kind]];
  const [row, column] = [4, 3];
  const x = new Float32Array(side * side * 3);
  for (const channel of [0, 1, 2]) x[(row * side + column) * 3 + channel] = channel + 1;
  using scope = gpu().scope("filter");
  const y = scope.keep(layer.forward(Tensor.from(gpu(), [1, side, side, 3], x)));
  const [, height = 0, width = 0] = y.shape;
  // Halving, output i sees inputs 2i − 1 to 2i + 1; doubling, input i is seen by outputs 2i − 1 to 2i + 2.
  const weight = (output: number, input: number): number => factors[kind === "blurPool" ? input - 2 * output + 1 : output - 2 * input + 1] ?? 0;
  const expected = Float32Array.from({ length: height * width * 3 }, (_, at) => {
    const [i, j, channel] = [Math.floor(at / (3 * width)), Math.floor(at / 3) % width, at % 3];
    return (channel + 1) * weight(i, row) * weight(j, column);
  });
  expect(await y.data()).toEqual(expected);
  y.release();
  releaseModule(layer);
});

test("a file with another filter is refused", async () => {
  const layer = build("blurPool");
  const load = (values: readonly number[]): void => {
    importWeights(layer, new Map([["filt", storeFloat32([3, 1, 3, 3], Float32Array.from({ length: 27 }, (_, at) => values[at % 9] ?? 0))]]), "D.pth");
  };
  const right = [1, 2, 1, 2, 4, 2, 1, 2, 1].map((value) => value / 16);
  load(right);
  const box = Array.from({ length: 9 }, () => 1 / 9);
  expect(() => load(box)).toThrow(CheckpointError);
  expect(() => load(box)).toThrow(/^D\.pth: filt: expected the fixed filter of this layer, with 0\.0625, got another, with 0\.111/);
  releaseModule(layer);
});
