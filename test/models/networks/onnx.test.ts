import { fileURLToPath } from "node:url";
import { env, InferenceSession, Tensor } from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { evaluating } from "../../../src/nn/evaluating.js";
import { noGrad } from "../../../src/tensor/grad-mode.js";
import { writeOnnx } from "../../../src/models/networks/onnx.js";
import { parameterShapes } from "../../../src/models/networks/layer.js";
import { readWeights } from "../../../src/io/read-weights.js";
import { recognise } from "../../../src/models/networks/recognise.js";
import { loadFloat32, storeFloat32, type StoredTensor } from "../../../src/io/safetensors.js";
import { importWeights } from "../../../src/io/weights.js";
import { buildGenerator, generatorArchitecture, type GeneratorOptions } from "../../../src/models/networks/generator.js";
import { resnetGenerator } from "../../../src/models/networks/resnet.js";
import { resampleFilters } from "../../../src/nn/resample.js";
import { Random } from "../../../src/random.js";
import { Tensor as EngineTensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { largestDifference, readTensors, shapeOf, valuesOf } from "../../agreement/fixture.js";

env.wasm.numThreads = 1;

const gpu = useGpu();
const tensors = readTensors("weights");
const sizes = { inputNc: 3, outputNc: 3, ngf: 2, nBlocks: 1, norm: "instance", upsample: "conv-transpose" } as const;
const read = async (name: string): Promise<Uint8Array> => {
  const { networks } = recognise(await readWeights(fileURLToPath(new URL(`../../reference/weights/${name}.pth`, import.meta.url))));
  return writeOnnx(resnetGenerator(sizes), networks[0]?.tensors ?? new Map());
};

/** The fixed filters of antialiased networks, in a file's order of axes. */
function filter(shape: readonly number[]): StoredTensor {
  const [channels = 0, , side = 0] = shape;
  const factors = side === 3 ? resampleFilters.blurPool : resampleFilters.upsampleBilinear;
  const values = factors.flatMap((row) => factors.map((column) => row * column));
  return storeFloat32(shape, Float32Array.from({ length: channels * side * side }, (_, at) => values[at % (side * side)] ?? 0));
}

/**
 * Each residual block without a norm adds its variance to that of its input: with these weights, values have a deviation of about 2^(blocks / 2)
 * before the last tanh, 130 after 12 blocks. Roundings grow with them, to some 1e-5 of that deviation. Of values near 0, where tanh is
 * steep, the whole error remains: 1.3e-3. PyTorch's float32 differs from its own float64 by 9.4e-4 in such a network.
 */
function toleranceOf(sizes: GeneratorOptions): number {
  return "nBlocks" in sizes && sizes.norm === "none" && sizes.nBlocks > 6 ? 2 * 130 * 1e-5 : 1e-4;
}

describe("a generator in ONNX", () => {
  test.each([["zip", "float32"], ["legacy", "float32"], ["half", "float16"]])(
    "%s: onnxruntime translates as PyTorch does, at two sizes and batches",
    async (name, dtype) => {
      const session = await InferenceSession.create(await read(name));
      for (const size of ["wide", "square"]) {
        const shape = shapeOf(tensors, `image.${size}`);
        const image = new Tensor("float32", valuesOf(tensors, `image.${size}`), shape);
        const { translation } = await session.run({ image });
        const data = translation?.data;
        expect(translation?.dims).toEqual(shape);
        expect(data).toBeInstanceOf(Float32Array);
        const difference = data instanceof Float32Array ? largestDifference(data, valuesOf(tensors, `${size}.${dtype}`)) : Number.NaN;
        expect(difference, size).toBeLessThanOrEqual(1e-4);
      }
      await session.release();
    },
  );

  const colours = { inputNc: 1, outputNc: 3, ngf: 3 } as const;
  test.each<GeneratorOptions>([
    { ...colours, nBlocks: 2, norm: "batch" },
    { ...colours, nBlocks: 2, norm: "none" },
    { ...colours, nBlocks: 12, norm: "none" },
    { ...colours, nBlocks: 2, norm: "instance" },
    { ...colours, nBlocks: 2, norm: "instance", upsample: "resize-conv" },
    { ...colours, nBlocks: 2, norm: "instance", upsample: "bilinear-conv", antialias: true },
    { ...colours, nBlocks: 2, norm: "batch", trackRunningStats: true, dropout: true },
    { ...colours, numDowns: 2, norm: "instance" },
    { ...colours, numDowns: 2, norm: "batch", trackRunningStats: true },
  ])("%o, gray to colour: onnxruntime gives what this engine does", async (options) => {
    const random = new Random(3).stream("weights");
    const normals = (shape: readonly number[], scale: number): StoredTensor =>
      storeFloat32(shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * random.normal()));
    const shapes = parameterShapes(generatorArchitecture(options));
    // √(2 / fan-in) keeps values near 1 where no norm does.
    const weights = new Map([...shapes].map(([name, shape]) => {
      const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
      if (name.endsWith(".filt")) return [name, filter(shape)];
      if (name.endsWith("running_var")) return [name, storeFloat32(shape, new Float32Array(fanIn * (shape[0] ?? 1)).fill(0.7))];
      return [name, normals(shape, Math.sqrt(2 / fanIn))];
    }));
    const generator = buildGenerator(gpu(), options);
    importWeights(generator, weights, "weights");
    const image = loadFloat32(normals([1, 16, 20], 0.5), "image");
    const ours = await noGrad(() => evaluating(() => generator.forward(EngineTensor.from(gpu(), [1, 16, 20, 1], image)))).data();
    const session = await InferenceSession.create(writeOnnx(generatorArchitecture(options), weights));
    const { translation } = await session.run({ image: new Tensor("float32", image, [1, 1, 16, 20]) });
    const theirs = translation?.data;
    const interleaved = ours.map((_, i) => (theirs instanceof Float32Array ? (theirs[(i % 3) * 320 + Math.floor(i / 3)] ?? NaN) : NaN));
    expect(largestDifference(ours, interleaved)).toBeLessThanOrEqual(toleranceOf(options));
    await session.release();
  });

  test("weights that are missing are named", () => {
    expect(() => writeOnnx(resnetGenerator(sizes), new Map())).toThrow("model.1.weight: expected float32 weights, got none.");
  });
});
