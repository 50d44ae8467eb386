import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { noGrad } from "../../src/tensor/grad-mode.js";
import { buildGenerator } from "../../src/models/networks/generator.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { loadWeights } from "../../src/run/weights.js";
import { useGpu } from "../support/device.js";
import { largestDifference, readTensors, shapeOf, valuesOf } from "./fixture.js";

const gpu = useGpu();
const tensors = readTensors("weights");
const sizes = { inputNc: 3, outputNc: 3, ngf: 2, nBlocks: 1, norm: "instance" } as const;

type Layout = (shape: readonly number[], values: Float32Array) => Float32Array;

/** [n, c, h, w] → [n, h, w, c]. */
const toLast: Layout = ([n = 1, c = 1, h = 1, w = 1], values) =>
  Float32Array.from({ length: values.length }, (_, i) => {
    const [channel, pixel, image] = [i % c, Math.floor(i / c) % (h * w), Math.floor(i / (c * h * w))];
    return image < n ? (values[(image * c + channel) * h * w + pixel] ?? 0) : 0;
  });

test.each([
  ["zip", "float32"], ["legacy", "float32"], ["double", "float32"], ["views", "float32"], ["views-legacy", "float32"],
  ["dropout", "float32"], ["parameters", "float32"], ["half", "float16"], ["half-legacy", "float16"], ["bfloat16", "bfloat16"],
])("%s.pth translates as in PyTorch", async (name, dtype) => {
  const generator = buildGenerator(gpu(), sizes);
  await loadWeights(fileURLToPath(new URL(`../reference/weights/${name}.pth`, import.meta.url)), generator);
  for (const size of ["wide", "square"]) {
    const [n = 1, c = 1, h = 1, w = 1] = shapeOf(tensors, `image.${size}`);
    const image = Tensor.from(gpu(), [n, h, w, c], toLast([n, c, h, w], valuesOf(tensors, `image.${size}`)));
    const output = await noGrad(() => generator.forward(image)).data();
    const expected = toLast([n, 3, h, w], valuesOf(tensors, `${size}.${dtype}`));
    // Float32 through 8 convolutions and norms against float64: 3.1e-6 on lavapipe, and ten times that for other devices'
    // order of sums and tanh, as in `tolerance`.
    expect(largestDifference(output, expected), size).toBeLessThanOrEqual(3.1e-5);
  }
});
