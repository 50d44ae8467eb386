// What no table of samples says: points where a definition has to choose, one tensor on both sides, equal bits.
import { describe, expect, it } from "vitest";
import { backward } from "../../src/tensor/autograd.js";
import { add } from "../../src/ops/elementwise/add.js";
import { batchNorm } from "../../src/ops/norm/batch-norm.js";
import { instanceNorm } from "../../src/ops/norm/instance-norm.js";
import { l1Loss } from "../../src/ops/losses/l1-loss.js";
import { leakyRelu } from "../../src/ops/elementwise/leaky-relu.js";
import { max } from "../../src/ops/reduce/max.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { relu } from "../../src/ops/elementwise/relu.js";
import { sub } from "../../src/ops/elementwise/sub.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";
import { draw } from "../support/float64.js";

const gpu = useGpu({ guarded: true });

describe("at 0", () => {
  it.each([
    { name: "relu", op: relu, derivative: 0 },
    { name: "leakyRelu", op: leakyRelu, derivative: 0.2 },
  ])("the derivative of $name is $derivative", async ({ op, derivative }) => {
    using scope = gpu().scope("at 0");
    const x = scope.keep(Tensor.from(gpu(), [4], [0, -0, 0, 0])).withGrad();
    backward(sum(op(x)));
    expect([...((await x.grad?.data()) ?? [])]).toEqual(Array<number>(4).fill(Math.fround(derivative)));
    x.release();
  });
});

it("the derivative of l1Loss is 0 where x meets the target", async () => {
  using scope = gpu().scope("equal");
  const x = scope.keep(Tensor.from(gpu(), [4], [1, 2, 0, -3])).withGrad();
  const loss = l1Loss(x, Tensor.from(gpu(), [4], [1, 0, 4, -3]));
  backward(loss);
  expect(await loss.item()).toBe(1.5);
  expect([...((await x.grad?.data()) ?? [])]).toEqual([0, 0.25, -0.25, 0]);
  x.release();
});

it.each([{ rows: 5 }, { rows: 130 }])("the gradient of max goes to the first of equal elements, of $rows", async ({ rows }) => {
  using scope = gpu().scope("equal");
  const values = new Float32Array(2 * rows).fill(-1);
  const equal = [3, rows - 1, rows + 1, rows + 2, 2 * rows - 1];
  for (const place of equal) values[place] = 7;
  const x = scope.keep(Tensor.from(gpu(), [2, rows], values)).withGrad();
  backward(sum(max(x)));
  const gradient = (await x.grad?.data()) ?? [];
  expect([...gradient.entries()].filter(([, value]) => value !== 0)).toEqual([[3, 1], [rows + 1, 1]]);
  x.release();
});

// More pixels than one range has on any adapter; values whose square, sum or third is not exact.
describe.each([0, -1, 1, 0.1, 255, 1e6, 3e18])("a constant channel of %d", (value) => {
  const shape = [2, 40, 40, 4];
  const rstd = 1 / Math.sqrt(1e-5);

  it.each([
    { norm: "instance", run: (x: Tensor) => instanceNorm(x), pixels: 1600 },
    {
      norm: "batch",
      run: (x: Tensor) => batchNorm(x, Tensor.from(x.gpu, [4], [1, 1, 1, 1]), Tensor.from(x.gpu, [4], [0, 0, 0, 0])),
      pixels: 3200,
    },
  ])("becomes 0 by $norm norm, and its gradient rstd · (dy − mean dy)", async ({ run, pixels }) => {
    using scope = gpu().scope("constant");
    const x = scope.keep(Tensor.from(gpu(), shape, new Float32Array(12800).fill(value))).withGrad();
    // dy alternates along each channel, so that its mean is 0.
    const dy = Float32Array.from({ length: 12800 }, (_, i) => (Math.floor(i / 4) % 2 === 0 ? 1 : -1));
    const y = run(x);
    backward(sum(mul(y, Tensor.from(gpu(), shape, dy))));
    expect((await y.data()).every((out) => out === 0)).toBe(true);
    // The mean of dy is a sum of `pixels` terms of size 1, each rounded once at most.
    const tolerance = rstd * (pixels + 4) * 2 ** -24;
    const misses = ((await x.grad?.data()) ?? dy.fill(Number.NaN)).filter((dx, i) => !(Math.abs(dx - rstd * (dy[i] ?? 0)) <= tolerance));
    expect(misses).toEqual(new Float32Array(0));
    x.release();
  });
});

describe("one tensor on both sides", () => {
  it.each([
    { op: add, y: [2, -4, 6], gradient: [2, 2, 2] },
    { op: sub, y: [0, 0, 0], gradient: [0, 0, 0] },
  ])("$op.name(x, x)", async ({ op, y, gradient }) => {
    using scope = gpu().scope("both sides");
    const x = scope.keep(Tensor.from(gpu(), [3], [1, -2, 3])).withGrad();
    const both = op(x, x);
    backward(sum(both));
    expect([...(await both.data())]).toEqual(y);
    expect([...((await x.grad?.data()) ?? [])]).toEqual(gradient);
    x.release();
  });
});

it("sum gives the same bits every time", async () => {
  using scope = gpu().scope("same bits");
  const x = scope.keep(Tensor.from(gpu(), [4099], Float32Array.from(draw(new Random(3), [4099]).data)));
  const first = await sum(x).item();
  for (let again = 0; again < 3; again++) expect(await sum(x).item()).toBe(first);
  x.release();
});
