import { describe, expect, it } from "vitest";
import { backward } from "../../src/tensor/autograd.js";
import { ReleasedError } from "../../src/errors.js";
import { frozen, noGrad } from "../../src/tensor/grad-mode.js";
import { add } from "../../src/ops/elementwise/add.js";
import { conv2d } from "../../src/ops/conv/conv2d.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();
const leaf = (label: string, ...values: number[]): Tensor => {
  return Tensor.from(gpu(), [values.length], values, label).withGrad();
};

/** Dispatches that `work` records. */
function dispatchesOf(work: () => void): number {
  const before = gpu().stats.dispatches;
  work();
  return gpu().stats.dispatches - before;
}

describe("a gradient nobody needs", () => {
  it("is not computed for a frozen input", async () => {
    using scope = gpu().scope("frozen");
    const x = Tensor.from(gpu(), [1, 4, 4, 1], Array<number>(16).fill(1), scope.name).withGrad();
    const weight = Tensor.from(gpu(), [3, 3, 1, 1], Array<number>(9).fill(1), "weight").withGrad();
    const bias = Tensor.zeros(gpu(), [1], "bias").withGrad();
    const convolve = (): Tensor => sum(conv2d(x, weight, bias, { padding: 1 }));
    const [full, inputAlone, constant] = [convolve(), frozen([weight, bias], convolve), frozen([x], convolve)];
    const cost = dispatchesOf(() => backward(full));
    for (const tensor of [x, weight, bias]) tensor.zeroGrad();
    const cheaper = dispatchesOf(() => backward(inputAlone));
    expect(cheaper).toBeLessThan(cost);
    expect([weight.grad, bias.grad]).toEqual([undefined, undefined]);
    expect(await x.grad?.data()).toEqual(Float32Array.of(4, 6, 6, 4, 6, 9, 9, 6, 6, 9, 9, 6, 4, 6, 6, 4));
    x.zeroGrad();
    backward(constant);
    expect(x.grad).toBeUndefined();
    expect(await bias.grad?.item()).toBe(16);
  });

  it("is asked for in vain where every leaf is frozen or recording is off", () => {
    using scope = gpu().scope("no leaf");
    const w = leaf(scope.name, 1, 2);
    const message = /^backward: expected a loss computed from a tensor that requires grad, got "sum"\. Mark a leaf/;
    for (const loss of [frozen([w], () => sum(mul(w, w))), noGrad(() => sum(mul(w, w))), sum(w.detach())]) {
      expect(() => backward(loss)).toThrow(ReleasedError);
      expect(() => backward(loss)).toThrow(message);
    }
  });
});

describe("a second gradient", () => {
  it("of a bias is added by the kernel that computes it", async () => {
    using scope = gpu().scope("second gradient");
    const x = Tensor.from(gpu(), [1, 8, 8, 8], Array<number>(512).fill(1), scope.name);
    const weight = Tensor.zeros(gpu(), [1, 1, 8, 8]);
    const bias = Tensor.zeros(gpu(), [8], "bias").withGrad();
    const convolve = (): Tensor => sum(conv2d(x, weight, bias));
    const [first, second, third] = [convolve(), convolve(), convolve()];
    backward(first);
    const added = dispatchesOf(() => backward(second));
    const held = bias.grad?.alias();
    const apart = dispatchesOf(() => backward(third));
    // A sum that somebody else sees stays what it was.
    expect(apart - added).toBe(1);
    expect(await held?.data()).toEqual(new Float32Array(8).fill(128));
    expect(await bias.grad?.data()).toEqual(new Float32Array(8).fill(192));
    held?.release();
  });
});

describe("a backward that cannot be finished", () => {
  it("names the loss that was released", () => {
    using scope = gpu().scope("released loss");
    const x = leaf(scope.name, 1, 2);
    const loss = sum(mul(x, x));
    loss.release();
    expect(() => backward(loss)).toThrow(ReleasedError);
    expect(() => backward(loss)).toThrow(/^sum: expected a live tensor \[\], got a released one/);
  });

  it("names the leaf that was released, before any gradient has changed", () => {
    using scope = gpu().scope("released leaf");
    const [x, w] = [leaf(scope.name, 1, 2), leaf("weight of the head", 3, 4)];
    const loss = sum(add(mul(x, w), x));
    w.release();
    const { dispatches } = gpu().stats;
    expect(() => backward(loss)).toThrow(ReleasedError);
    expect(() => backward(loss)).toThrow(/^weight of the head: expected a live tensor \[2\], got a released one/);
    expect(x.grad).toBeUndefined();
    expect(gpu().stats.dispatches).toBe(dispatches);
  });

  it("holds no memory after it was refused", () => {
    const before = gpu().stats.liveBytes;
    {
      using scope = gpu().scope("walked twice");
      const x = leaf(scope.name, 1, 2);
      const loss = sum(mul(x, x));
      backward(loss);
      const { liveBytes } = gpu().stats;
      for (const _ of [1, 2, 3]) expect(() => backward(loss)).toThrow(ReleasedError);
      expect(gpu().stats.liveBytes).toBe(liveBytes);
    }
    expect(gpu().stats.liveBytes).toBe(before);
  });
});
