import { describe, expect, test } from "vitest";
import { loadFloat32, storeFloat32 } from "../../src/io/safetensors.js";
import type { StoredTensor } from "../../src/io/safetensors.js";
import { exportWeights, importWeights, kernelFromFile, kernelToFile } from "../../src/io/weights.js";
import type { WeightModule, WeightParameter } from "../../src/io/weights.js";

function parameter(kind: WeightParameter["kind"], shape: readonly number[]): WeightParameter {
  let values: Float32Array = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => index);
  return {
    kind,
    tensor: {
      shape,
      data: () => Promise.resolve(values),
      write: (given) => {
        values = given;
      },
    },
  };
}

function moduleOf(parameters: Readonly<Record<string, WeightParameter>>): WeightModule {
  const map = new Map(Object.entries(parameters));
  return { parameters: () => map };
}

const vector = (length: number): StoredTensor => storeFloat32([length], new Float32Array(length));

describe("weights", () => {
  test("a kernel element lands where PyTorch has it", () => {
    const [kh, kw, p, q] = [2, 3, 4, 5];
    const values = Float32Array.from({ length: kh * kw * p * q }, (_, index) => index);
    const file = kernelToFile([kh, kw, p, q], values);
    for (const [y, x, i, j] of [[0, 0, 0, 1], [1, 2, 3, 4], [1, 0, 2, 3]] as const) {
      expect(file[((j * p + i) * kh + y) * kw + x]).toBe(values[((y * kw + x) * p + i) * q + j]);
    }
    expect(kernelFromFile([kh, kw, p, q], file)).toEqual(values);
  });

  test("shapes in the file are OIHW, IOHW and flat; importing what was exported changes nothing", async () => {
    const source = moduleOf({
      "1.weight": parameter("conv", [7, 7, 3, 8]),
      "2.weight": parameter("convTranspose", [3, 3, 4, 8]),
      "2.bias": parameter("vector", [1, 1, 1, 4]),
    });
    const stored = await exportWeights(source);
    expect([...stored].map(([name, { shape }]) => [name, shape])).toEqual([
      ["1.weight", [8, 3, 7, 7]],
      ["2.weight", [8, 4, 3, 3]],
      ["2.bias", [4]],
    ]);
    const before = await Promise.all([...source.parameters().values()].map(({ tensor }) => tensor.data()));
    importWeights(source, stored, "w");
    expect(await Promise.all([...source.parameters().values()].map(({ tensor }) => tensor.data()))).toEqual(before);
  });

  test("statistics that old files hold for instance norm are skipped", () => {
    const module = moduleOf({ "1.bias": parameter("vector", [2]) });
    const counter = { dtype: "I64", shape: [], bytes: new Uint8Array(8) };
    const file = new Map([["1.bias", vector(2)], ["2.running_mean", vector(2)], ["2.num_batches_tracked", counter]]);
    expect(() => importWeights(module, file, "w")).not.toThrow();
  });

  test.each([
    ["other width", { "1.bias": vector(4) }, "1.bias is 4, not 2. They were likely trained with another --ngf"],
    ["other depth", { "1.bias": vector(2), "9.bias": vector(2), "9.weight": vector(1) }, "another --n-blocks"],
    ["other norm", { "1.bias": vector(2), "2.bias": vector(2) }, "unknown 2.bias. They were likely trained"],
    ["nothing", {}, "missing 1.bias"],
  ])("%s: the difference and its cause are named, and nothing is written", async (_, file, message) => {
    const module = moduleOf({ "1.bias": parameter("vector", [2]) });
    expect(() => importWeights(module, new Map(Object.entries(file)), "G_A")).toThrow(message);
    const data = await module.parameters().get("1.bias")?.tensor.data();
    expect(data && [...data]).toEqual([0, 1]);
  });

  test("NaN and infinite weights are refused by name, and nothing is written", async () => {
    const module = moduleOf({ "1.bias": parameter("vector", [2]), "2.bias": parameter("vector", [2]) });
    const file = new Map([["1.bias", vector(2)], ["2.bias", storeFloat32([2], Float32Array.of(Number.NaN, Infinity))]]);
    expect(() => importWeights(module, file, "G_A")).toThrow("G_A: 2.bias: expected finite numbers, got 2 of 2 that are NaN");
    expect([...((await module.parameters().get("1.bias")?.tensor.data()) ?? [])]).toEqual([0, 1]);
  });

  test("dropout is recognised by its shifted names", () => {
    const module = moduleOf({ "model.10.conv_block.5.weight": parameter("conv", [1, 1, 1, 1]) });
    const file = new Map([["model.10.conv_block.6.weight", storeFloat32([1, 1, 1, 1], Float32Array.of(1))]]);
    expect(() => importWeights(module, file, "G_A")).toThrow("dropout");
  });

  test("values come back as float32", () => {
    expect([...loadFloat32(storeFloat32([2], Float32Array.of(0.1, -1)), "w")]).toEqual([Math.fround(0.1), -1]);
  });
});
