import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradCheck } from "../src/grad-check.js";
import type { Gpu } from "../src/gpu/gpu.js";
import { openGpu } from "../src/open-gpu.js";
import { conv2d } from "../src/ops/conv/conv2d.js";
import { instanceNorm } from "../src/ops/norm/instance-norm.js";
import { relu } from "../src/ops/elementwise/relu.js";
import { defineOp } from "../src/tensor/op.js";
import { scale } from "../src/ops/elementwise/scale.js";
import { tanh } from "../src/ops/elementwise/tanh.js";
import { Random } from "../src/random.js";
import { Tensor } from "../src/tensor/tensor.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

function normal(shape: readonly number[], seed: number): Tensor {
  const random = new Random(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return Tensor.from(gpu, shape, Array.from({ length: size }, () => random.normal())).withGrad();
}

/** scale(x, 2) whose gradient is off by one part in a hundred. */
const wrongOp = defineOp<{ x: Tensor }>()({
  name: "wrong",
  shape: ({ x }) => x.shape,
  forward({ gpu: device, inputs: { x }, y }) {
    device.run("elementwise/scale", { x, y, alpha: 2, size: x.size }, { threads: x.size, width: 1 });
    return {};
  },
  backward({ gpu: device, dy, gradient }) {
    const dx = gradient("x");
    device.run("elementwise/scale", { x: dy, y: dx, alpha: 2.02, size: dx.size }, { threads: dx.size, width: 1 });
    return { x: dx };
  },
});

describe("gradCheck", () => {
  it("passes a composite of right ops, for each input", async () => {
    const [x, w] = [normal([2, 4, 5, 3], 1), normal([3, 3, 3, 4], 2)];
    const report = await gradCheck(
      (image, weight) => tanh(instanceNorm(conv2d(image, weight, undefined, { padding: 1, paddingMode: "reflect" }))),
      [x, w],
    );
    expect(report.ok, report.toString()).toBe(true);
    expect(report.entries.map(({ input }) => input)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it("catches a gradient that is wrong by one part in a hundred", async () => {
    const report = await gradCheck((x) => wrongOp({ x }, {}), [normal([7], 3)]);
    expect(report.ok).toBe(false);
    // Along a direction nearly at right angles to the gradient, one part in a hundred is below rounding.
    expect(report.entries.filter(({ verdict }) => verdict === "wrong").length).toBeGreaterThan(2);
  });

  it("reports kinks instead of failing, and is not ok with nothing else", async () => {
    const atKink = Tensor.from(gpu, [4], [0, 0, 0, 0]).withGrad();
    const report = await gradCheck((x) => relu(scale(x, 3)), [atKink]);
    // At 0 both sides of ReLU differ by the same half, whatever the step: no finite difference can tell.
    expect(report.entries.map(({ verdict }) => verdict)).not.toContain("ok");
    const near = Tensor.from(gpu, [4], [0.004, -0.004, 0.003, -0.003]).withGrad();
    const straddling = await gradCheck((x) => relu(x), [near], { directions: 8 });
    expect(straddling.entries.map(({ verdict }) => verdict)).toContain("kink");
  });

  it("leaves inputs and memory as they were", async () => {
    const x = normal([5], 4);
    const [before, live] = [await x.data(), gpu.stats.liveBytes];
    await gradCheck((input) => tanh(input), [x]);
    expect(await x.data()).toEqual(before);
    expect(x.grad).toBeUndefined();
    expect(gpu.stats.liveBytes).toBe(live);
  });

  it("releases nothing that others make while it waits", async () => {
    const x = normal([5], 5);
    const checking = gradCheck((input) => tanh(input), [x]);
    const made: Tensor[] = [];
    for (let turn = 0; turn < 50; turn++) {
      await gpu.idle();
      made.push(Tensor.zeros(gpu, [1]));
    }
    await checking;
    expect(made.filter(({ released }) => released)).toEqual([]);
    for (const tensor of [x, ...made]) tensor.release();
  });

  it("needs an input that requires grad", async () => {
    await expect(gradCheck((x) => tanh(x), [Tensor.from(gpu, [1], [1])])).rejects.toThrow(/withGrad/);
  });
});
