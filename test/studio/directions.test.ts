import { expect, test } from "vitest";
import { CheckpointError } from "../../src/errors.js";
import { storeFloat32, type StoredTensor } from "../../src/io/safetensors.js";
import { parameterShapes } from "../../src/models/networks/layer.js";
import { resnetGenerator } from "../../src/models/networks/resnet.js";
import { directionsIn } from "../../src/studio/worker/directions.js";

function generators(prefixes: readonly string[], outputNc = 3): Map<string, StoredTensor> {
  const shapes = parameterShapes(resnetGenerator({ inputNc: 3, outputNc, ngf: 2, nBlocks: 1, norm: "instance", upsample: "conv-transpose" }));
  const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);
  return new Map(prefixes.flatMap((prefix) =>
    [...shapes].map(([name, shape]) => [prefix + name, storeFloat32(shape, new Float32Array(sizeOf(shape)))] as const)));
}

test.for([
  [[""], ["AtoB"]],
  [["G_A."], ["AtoB"]],
  [["G_B."], ["BtoA"]],
  [["G_A.", "G_B."], ["AtoB", "BtoA"]],
] as const)("a file with %j has %j", ([prefixes, directions]) => {
  expect(directionsIn(generators(prefixes), "w")).toEqual(directions);
});

test("a file without a generator is refused with the reader's message", () => {
  expect(() => directionsIn(new Map(), "w.pth")).toThrow(CheckpointError);
  expect(() => directionsIn(new Map(), "w.pth")).toThrow("w.pth: expected the weights of a generator, got tensors of no known network.");
});

test("a generator of images that are no pictures is refused", () => {
  expect(() => directionsIn(generators(["G_A."], 5), "w.pth")).toThrow(
    'w.pth: this page translates gray and RGB pictures, not images of 5 channels. Use "cyclegan translate".',
  );
});
