import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkpoint } from "../../src/tensor/activation-checkpoint.js";
import { backward } from "../../src/tensor/autograd.js";
import { MisuseError, ReleasedError, ShapeError } from "../../src/errors.js";
import { frozen, gradEnabled, noGrad } from "../../src/tensor/grad-mode.js";
import type { Scope } from "../../src/gpu/scope.js";
import { add } from "../../src/ops/elementwise/add.js";
import { bceWithLogitsLoss } from "../../src/ops/losses/bce-with-logits-loss.js";
import { l1Loss } from "../../src/ops/losses/l1-loss.js";
import { relu } from "../../src/ops/elementwise/relu.js";
import { mseLoss } from "../../src/ops/losses/mse-loss.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { scale } from "../../src/ops/elementwise/scale.js";
import { sub } from "../../src/ops/elementwise/sub.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { Adam } from "../../src/optim/adam.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu({ guarded: true });
let scope: Scope;
beforeEach(() => {
  scope = gpu().scope("test");
});
afterEach(() => scope.close());

const vector = (...values: number[]): Tensor => Tensor.from(gpu(), [values.length], values, "x");
const leaf = (...values: number[]): Tensor => vector(...values).withGrad();
const gradientOf = async (tensor: Tensor): Promise<number[]> => [...((await tensor.grad?.data()) ?? [])];

describe("accumulation", () => {
  it("adds up every use of a leaf", async () => {
    const x = leaf(1, 2, -3);
    backward(sum(add(add(mul(x, x), scale(x, 2)), x)));
    expect(await gradientOf(x)).toEqual([5, 7, -3]);
  });

  it("adds up the gradients of several losses until zeroGrad", async () => {
    const x = leaf(1, 2, 3);
    backward(sum(mul(x, x)));
    backward(sum(scale(x, 10)));
    expect(await gradientOf(x)).toEqual([12, 14, 16]);
    x.zeroGrad();
    backward(sum(x));
    expect(await gradientOf(x)).toEqual([1, 1, 1]);
  });

  it("takes several losses at once, also one that another is made of", async () => {
    const x = leaf(1, 2, 3);
    const square = sum(mul(x, x));
    backward(square, sum(scale(x, 10)), scale(square, 3), square);
    expect(await gradientOf(x)).toEqual([20, 30, 40]); // 5 · 2x + 10
  });

  it("takes no gradient where one of several losses has none", () => {
    const x = leaf(1, 2);
    expect(() => backward(sum(x), sum(vector(1, 2)))).toThrow(ReleasedError);
    expect(() => backward(sum(x), mul(x, x))).toThrow(ShapeError);
    expect(x.grad).toBeUndefined();
  });

  it("waits for both arms of a diamond", async () => {
    const x = leaf(1, 2);
    const a = scale(x, 2);
    const b = mul(a, a);
    backward(sum(mul(b, add(a, b)))); // 8x³ + 16x⁴
    expect(await gradientOf(x)).toEqual([24 + 64, 96 + 512]);
  });

  it("keeps a residual sum's two gradients apart, though they begin as one buffer", async () => {
    const x = leaf(1, 2, 3);
    const w = leaf(2, 3, 4);
    const h = add(x, mul(x, w));
    backward(sum(mul(h, h)));
    expect(await gradientOf(x)).toEqual([18, 64, 150]); // 2h · (1 + w)
    expect(await gradientOf(w)).toEqual([6, 32, 90]); // 2h · x
  });

  it("does not add to another leaf's gradient that shares the buffer", async () => {
    const a = leaf(1, 2);
    const b = leaf(3, 4);
    backward(sum(add(a, b)));
    backward(sum(scale(a, 10)));
    expect(await gradientOf(a)).toEqual([11, 11]);
    expect(await gradientOf(b)).toEqual([1, 1]);
  });
});

describe("what is left out", () => {
  it("detach stops the gradient", async () => {
    const x = leaf(2, 3);
    const y = mul(x, x);
    expect(y.detach().requiresGrad).toBe(false);
    backward(sum(mul(y.detach(), x)));
    expect(await gradientOf(x)).toEqual([4, 9]);
  });

  it("noGrad records nothing, and ends with its function even if that throws", () => {
    const x = leaf(1);
    expect(noGrad(() => mul(x, x)).requiresGrad).toBe(false);
    expect(() =>
      noGrad(() => {
        throw new TypeError("inside");
      }),
    ).toThrow(TypeError);
    expect(gradEnabled()).toBe(true);
    expect(mul(x, x).requiresGrad).toBe(true);
  });

  it("noGrad and frozen make a leaf a constant to a loss, which as its target it may then be", async () => {
    const [x, target] = [leaf(1, 2), leaf(3, 5)];
    for (const loss of [l1Loss, mseLoss, bceWithLogitsLoss]) {
      const expected = await loss(x, target.detach()).item();
      expect(await noGrad(() => loss(x, target)).item()).toBe(expected);
      expect(await frozen([target], () => loss(x, target)).item()).toBe(expected);
      expect(() => loss(x, target)).toThrow(/a target that is a constant/);
    }
  });

  it("frozen leaves pass gradients on and get none", async () => {
    const x = leaf(1, 2);
    const w = leaf(3, 4);
    const loss = frozen([w], () => sum(mul(x, w)));
    backward(loss);
    expect(await gradientOf(x)).toEqual([3, 4]);
    expect(w.grad).toBeUndefined();
    expect(w.requiresGrad).toBe(true);
  });

  it("frozen thaws if its function throws, and leaves constants constant", () => {
    const w = leaf(1);
    const constant = vector(1);
    expect(() =>
      frozen([w, constant], () => {
        throw new TypeError("inside");
      }),
    ).toThrow(TypeError);
    expect([w.requiresGrad, constant.requiresGrad]).toEqual([true, false]);
  });
});

describe("a promise", () => {
  it("is refused by noGrad and frozen, and what it rejects with is not left unhandled", () => {
    const x = leaf(1);
    const compute = async (): Promise<never> => {
      await Promise.resolve();
      throw new TypeError("inside");
    };
    expect(() => noGrad(compute)).toThrow(MisuseError);
    expect(() => noGrad(compute)).toThrow(/^noGrad: the function returned a promise, but noGrad ends when the function returns/);
    expect(() => frozen([x], compute)).toThrow(/^frozen: the function returned a promise/);
    expect([gradEnabled(), x.requiresGrad]).toEqual([true, true]);
  });
});

describe("a saved tensor that is overwritten before backward", () => {
  const message = /^backward: mul saved "x" as [ab] and still needs it, but it was overwritten after that/;

  it("is named, and no gradient changes", () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    const loss = sum(mul(x, w));
    const other = sum(scale(w, 2));
    x.write([5, 6]);
    expect(() => backward(other, loss)).toThrow(MisuseError);
    expect(() => backward(other, loss)).toThrow(message);
    expect([x.grad, w.grad]).toEqual([undefined, undefined]);
  });

  it.each([
    { name: "a kernel", overwrite: (x: Tensor) => gpu().run("elementwise/fill", { y: x, value: 0, size: 2 }, { threads: 2, width: 1 }) },
    { name: "a copy", overwrite: (x: Tensor) => gpu().queue.copy(vector(7, 8).storage, x.storage, 8) },
    { name: "a clear", overwrite: (x: Tensor) => gpu().queue.clear(x.storage, 8) },
    { name: "a detached handle", overwrite: (x: Tensor) => x.detach().write([7, 8]) },
  ])("is noticed when $name writes", ({ overwrite }) => {
    const x = leaf(1, 2);
    const loss = sum(mul(x, x));
    overwrite(x);
    expect(() => backward(loss)).toThrow(message);
  });

  it("is noticed when an optimizer updates it, and its neighbours in the arena are not confused with it", async () => {
    const [x, neighbour] = [leaf(1, 2), leaf(3, 4)];
    const adam = new Adam(gpu(), [x, neighbour], { lr: 0.1 });
    const [ofX, ofNeighbour] = [sum(mul(x, x)), sum(mul(neighbour, neighbour))];
    backward(sum(x));
    adam.step();
    expect(() => backward(ofX)).toThrow(message);
    backward(ofNeighbour);
    expect(await gradientOf(neighbour)).toEqual([6, 8]);
    adam.dispose();
  });

  it("is noticed in a checkpoint, whose inputs and leaves are needed again", () => {
    const [x, w] = [leaf(1, 2), leaf(3, 4)];
    for (const overwritten of [x, w]) {
      const loss = sum(checkpoint((input) => mul(input, w), x));
      overwritten.write([0, 0]);
      expect(() => backward(loss)).toThrow(/^backward: checkpoint saved "x"/);
    }
  });

  it("is no concern of an op that does not need it", async () => {
    const x = leaf(1, 2);
    const loss = sum(scale(x, 3));
    x.write([5, 6]);
    backward(loss);
    expect(await gradientOf(x)).toEqual([3, 3]);
  });
});

describe("the graph", () => {
  it("outlives the handles of its intermediate tensors", async () => {
    const x = leaf(1, 2, 3);
    const inner = gpu().scope("inner");
    const y = mul(x, x);
    const loss = inner.keep(sum(mul(y, y)));
    inner.close();
    expect(y.released).toBe(true);
    backward(loss);
    expect(await gradientOf(x)).toEqual([4, 32, 108]);
  });

  it("walks and releases a chain of 12,000 ops", async () => {
    const x = leaf(1);
    let y = x;
    for (let i = 0; i < 12_000; i++) y = relu(y);
    backward(sum(y));
    expect(await gradientOf(x)).toEqual([1]);
  });

  it("is walked once", () => {
    const x = leaf(1, 2);
    const loss = sum(mul(x, x));
    backward(loss);
    expect(() => backward(loss)).toThrow(ReleasedError);
    expect(() => backward(loss)).toThrow(/already walked or released.*Compute the loss again/);
  });

  it("is walked once where two losses share a part", () => {
    const x = leaf(1, 2);
    const shared = mul(x, x);
    backward(sum(shared));
    expect(() => backward(sum(sub(shared, x)))).toThrow(/whose mul was already walked/);
  });

  it("starts from a scalar", () => {
    expect(() => backward(mul(leaf(1, 2), leaf(3, 4)))).toThrow(ShapeError);
    expect(() => backward(mul(leaf(1, 2), leaf(3, 4)))).toThrow("backward: expected a loss of one element, got [2].");
  });

  it("starts from something that requires grad", () => {
    expect(() => backward(sum(vector(1, 2)))).toThrow(ReleasedError);
    expect(() => backward(sum(vector(1, 2)))).toThrow(/Mark a leaf with withGrad\(\)/);
  });
});
