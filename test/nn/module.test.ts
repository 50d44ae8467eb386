import { expect, it } from "vitest";
import { noGrad } from "../../src/tensor/grad-mode.js";
import { joined, Sequential, stateless, type Module } from "../../src/nn/module.js";
import { scale } from "../../src/ops/elementwise/scale.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();
const bytes = 4096;
const same = stateless((x) => x);
const doubling = stateless((x) => scale(x, 2));

it.each([
  ["Sequential", (layers: Module[]) => new Sequential(layers.map((layer, index) => [index, layer]))],
  ["joined", joined],
])("%s holds two values at a time where no graph needs them, and never gives its input away", async (_, build) => {
  using scope = gpu().scope("test");
  const x = Tensor.from(gpu(), [bytes / 4], new Float32Array(bytes / 4).fill(1), scope.name);
  const { liveBytes } = gpu().stats;
  let most = 0;
  const watch = stateless((value) => {
    most = Math.max(most, gpu().stats.liveBytes - liveBytes);
    return scale(value, 1);
  });
  const y = noGrad(() => build([same, doubling, watch, watch, same, watch, doubling]).forward(x));
  // Before each `watch` its input alone, apart from x.
  expect(most).toBe(bytes);
  expect([x.released, gpu().stats.liveBytes - liveBytes]).toEqual([false, bytes]);
  expect((await y.data())[0]).toBe(4);
  expect(build([same]).forward(x)).toBe(x);
});
