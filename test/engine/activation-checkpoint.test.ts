import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkpoint } from "../../src/tensor/activation-checkpoint.js";
import { backward } from "../../src/tensor/autograd.js";
import { ReleasedError } from "../../src/errors.js";
import { gradCheck } from "../../src/grad-check.js";
import { frozen, noGrad } from "../../src/tensor/grad-mode.js";
import type { Scope } from "../../src/gpu/scope.js";
import { add } from "../../src/ops/elementwise/add.js";
import { conv2d } from "../../src/ops/conv/conv2d.js";
import { instanceNorm } from "../../src/ops/norm/instance-norm.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { scale } from "../../src/ops/elementwise/scale.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { tanh } from "../../src/ops/elementwise/tanh.js";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu({ guarded: true });
let scope: Scope;
beforeEach(() => {
  scope = gpu().scope("test");
});
afterEach(() => scope.close());

const random = new Random(11);
const normal = (label: string, ...shape: number[]): Tensor => {
  const size = shape.reduce((product, side) => product * side, 1);
  return Tensor.from(gpu(), shape, Array.from({ length: size }, () => random.normal()), label);
};

type Segment = (...inputs: Tensor[]) => Tensor;
const plain = (segment: Segment, ...inputs: Tensor[]): Tensor => segment(...inputs);

/** The gradients of `leaves` after `loss`, which is made with the given way of running a segment. */
async function gradientsOf(leaves: readonly Tensor[], loss: (run: typeof plain) => Tensor, run: typeof plain) {
  for (const leaf of leaves) leaf.zeroGrad();
  backward(loss(run));
  return Promise.all(leaves.map(async (leaf) => leaf.grad && new Uint32Array((await leaf.grad.data()).buffer)));
}

/** Fails unless a checkpoint gives what a plain call gives, bit by bit. */
async function expectSame(leaves: readonly Tensor[], loss: (run: typeof plain) => Tensor): Promise<void> {
  const expected = await gradientsOf(leaves, loss, plain);
  expect(await gradientsOf(leaves, loss, checkpoint)).toEqual(expected);
}

describe("checkpoint", () => {
  it("gives the gradients of a plain call, bit by bit, of its inputs and of parameters inside", async () => {
    const image = normal("image", 1, 6, 5, 4).withGrad();
    const weight = normal("weight", 3, 3, 4, 4).withGrad();
    const block: Segment = (x) => add(x, instanceNorm(conv2d(x, weight, undefined, { padding: 1 }), 0));
    await expectSame([image, weight], (run) => sum(mul(run(block, run(block, image)), image)));
  });

  it("takes a constant input, several inputs, and parameters from around", async () => {
    const [a, b] = [normal("a", 7), normal("b", 7).withGrad()];
    const [c, d] = [normal("c", 7).withGrad(), normal("d", 7).withGrad()];
    await expectSame([b, c, d], (run) => {
      const around = tanh(d);
      return sum(add(run((x, y = x) => mul(mul(x, c), add(y, around)), a, b), around));
    });
  });

  it("adds up in the same order where its input is used inside and around it", async () => {
    const x = normal("x", 33).withGrad();
    const segment: Segment = (y) => mul(add(y, mul(y, y)), tanh(y));
    await expectSame([x], (run) => {
      const h = scale(x, 1.1);
      const before = mul(h, h);
      return sum(add(add(before, run(segment, h)), mul(tanh(h), run(segment, h))));
    });
  });

  it("may lie in another", async () => {
    const [x, w] = [normal("x", 9).withGrad(), normal("w", 9).withGrad()];
    await expectSame([x, w], (run) => {
      const inner: Segment = (y) => tanh(mul(y, w));
      return sum(run((y) => mul(run(inner, run(inner, y)), y), x));
    });
  });

  it("recomputes with the leaves that were frozen then, whatever is frozen at backward", async () => {
    const [x, w, v] = [normal("x", 5).withGrad(), normal("w", 5).withGrad(), normal("v", 5).withGrad()];
    const segment: Segment = (y) => mul(mul(y, w), v);
    await expectSame([x, w, v], (run) => frozen([w], () => sum(run(segment, x))));
    expect(w.grad).toBeUndefined();
    const loss = sum(checkpoint(segment, x));
    for (const leaf of [x, w, v]) leaf.zeroGrad();
    noGrad(() => frozen([v], () => backward(loss)));
    expect([x, w, v].every((leaf) => leaf.grad)).toBe(true);
  });

  it("freezes again what its segment froze, one checkpoint in another too", async () => {
    const [x, w] = [normal("x", 5).withGrad(), normal("w", 5).withGrad()];
    const segment: Segment = (y) => add(mul(y, w), frozen([w], () => mul(tanh(y), w)));
    await expectSame([x, w], (run) => sum(run(segment, x)));
    await expectSame([x, w], (run) => sum(run((y) => add(frozen([w], () => run(segment, y)), mul(y, w)), x)));
    expect(w.requiresGrad).toBe(true);
  });

  it("passes the check against differences", async () => {
    const x = normal("x", 1, 4, 4, 4).withGrad();
    const w = normal("w", 3, 3, 4, 4).withGrad();
    const fn: Segment = (image) => checkpoint((y) => tanh(conv2d(y, w, undefined, { padding: 1 })), image);
    const report = await gradCheck(fn, [x, w]);
    expect(report.ok, report.toString()).toBe(true);
  });

  it("records nothing where no gradient is asked for", () => {
    const [x, w] = [normal("x", 3), normal("w", 3)];
    expect(checkpoint((y) => mul(y, w), x).requiresGrad).toBe(false);
    expect(noGrad(() => checkpoint((y) => mul(y, y), w.withGrad())).requiresGrad).toBe(false);
    expect(checkpoint((y) => y, x)).toBe(x);
  });

  it("holds its inputs alone until backward, and nothing afterwards", () => {
    const x = normal("x", 100).withGrad();
    const live = (): number => gpu().stats.liveBytes;
    /** Bytes more while the loss waits for its backward, and after it. */
    const bytes = (run: typeof plain): number[] => {
      const before = live();
      const inner = gpu().scope("inner");
      const h = scale(x, 2);
      const loss = inner.keep(sum(run((y) => tanh(tanh(tanh(tanh(y)))), h)));
      inner.close();
      const waiting = live() - before;
      backward(loss);
      loss.release();
      x.zeroGrad();
      return [waiting, live() - before];
    };
    const [kept = 0, restPlain] = bytes(plain);
    const [less = 0, rest] = bytes(checkpoint);
    // Four results of 400 bytes against one input of 400, each with its guard words; and a loss of 16 bytes.
    expect(kept).toBeGreaterThanOrEqual(4 * 400);
    expect(less).toBeLessThan(kept / 2);
    expect([restPlain, rest]).toEqual([0, 0]);
  });

  it("is walked once", () => {
    const x = normal("x", 10).withGrad();
    const loss = sum(checkpoint((y) => mul(y, y), x));
    backward(loss);
    expect(() => backward(loss)).toThrow(ReleasedError);
    expect(() => backward(loss)).toThrow(/already walked or released/);
  });

  it("gives its memory back when it is never walked", () => {
    const x = normal("x", 10).withGrad();
    const before = gpu().stats.liveBytes;
    const forgotten = gpu().scope("forgotten");
    sum(checkpoint((y) => mul(scale(y, 2), y), scale(x, 3)));
    forgotten.close();
    expect(gpu().stats.liveBytes).toBe(before);
  });

  it("throws before any gradient has changed where a leaf inside was released", () => {
    const [x, w] = [normal("x", 3).withGrad(), normal("w", 3).withGrad()];
    const loss = sum(add(checkpoint((y) => mul(y, w), x), x));
    w.release();
    expect(() => backward(loss)).toThrow(ReleasedError);
    expect(() => backward(loss)).toThrow(/^w: expected a live tensor/);
    expect(x.grad).toBeUndefined();
  });
});
