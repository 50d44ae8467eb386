import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backward } from "../../src/tensor/autograd.js";
import { MisuseError, ShapeError } from "../../src/errors.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import { openGpu } from "../../src/open-gpu.js";
import { concat } from "../../src/ops/shape/concat.js";
import { mul } from "../../src/ops/elementwise/mul.js";
import { scale } from "../../src/ops/elementwise/scale.js";
import { sub } from "../../src/ops/elementwise/sub.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { Adam } from "../../src/optim/adam.js";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor/tensor.js";

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

/** Adam in float64, as the paper writes it. */
function reference(start: number[], gradients: number[][], lr: number, beta1: number, beta2: number): number[] {
  return start.map((value, i) => {
    let [p, m, v] = [value, 0, 0];
    for (const [step, gradient] of gradients.entries()) {
      const g = gradient[i] ?? 0;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      p -= (lr * (m / (1 - beta1 ** (step + 1)))) / (Math.sqrt(v / (1 - beta2 ** (step + 1))) + 1e-8);
    }
    return p;
  });
}

describe("Adam", () => {
  it("follows the paper over 20 given gradients of several sizes", async () => {
    const random = new Random(2);
    const sizes = [1, 5, 64, 130];
    const normal = (size: number): number[] => Array.from({ length: size }, () => random.normal());
    const starts = sizes.map(normal);
    const parameters = starts.map((start) => Tensor.from(gpu, [start.length], start).withGrad());
    const adam = new Adam(gpu, parameters, { lr: 2e-4, beta1: 0.5 });
    const gradients = Array.from({ length: 20 }, () => sizes.map(normal));
    for (const step of gradients) {
      using scope = gpu.scope("step");
      adam.zeroGrad();
      // d Σ p·g / dp = g
      for (const [i, p] of parameters.entries()) backward(sum(mul(p, Tensor.from(gpu, p.shape, step[i] ?? []))));
      adam.step();
      scope.close();
    }
    for (const [i, parameter] of parameters.entries()) {
      const expected = reference(starts[i] ?? [], gradients.map((step) => step[i] ?? []), 2e-4, 0.5, 0.999);
      const values = await parameter.data();
      // 20 updates of at most about lr, each subtracted in float32: 20 roundings of half an ulp of |p| ≤ 4, 2.4e-7 each.
      for (const [j, value] of values.entries()) expect(Math.abs(value - (expected[j] ?? 0))).toBeLessThan(20 * 2.4e-7);
    }
    adam.dispose();
  });

  it("leaves a parameter without a gradient alone", async () => {
    const [used, unused] = [Tensor.from(gpu, [2], [1, 2]).withGrad(), Tensor.from(gpu, [3], [3, 4, 5]).withGrad()];
    const adam = new Adam(gpu, [used, unused], { lr: 0.1 });
    backward(sum(used));
    adam.step();
    expect([...(await unused.data())]).toEqual([3, 4, 5]);
    for (const [i, value] of (await used.data()).entries()) expect(value).toBeCloseTo(i + 1 - 0.1, 6);
    adam.dispose();
  });

  it("adds up the gradients of several uses, and forgets them at zeroGrad", async () => {
    const p = Tensor.from(gpu, [4], [1, 2, 3, 4]).withGrad();
    const adam = new Adam(gpu, [p], { lr: 0 });
    backward(sum(p));
    backward(sum(mul(p, p)));
    expect([...((await p.grad?.data()) ?? [])]).toEqual([3, 5, 7, 9]);
    adam.zeroGrad();
    expect(p.grad).toBeUndefined();
    backward(sum(p));
    expect([...((await p.grad?.data()) ?? [])]).toEqual([1, 1, 1, 1]);
    adam.dispose();
  });

  it("takes a gradient that was put in the place of its own", async () => {
    using scope = gpu.scope("test");
    const p = Tensor.from(gpu, [2], [1, 2], scope.name).withGrad();
    const adam = new Adam(gpu, [p], { lr: 0.1 });
    backward(sum(p));
    p.zeroGrad();
    p.grad = Tensor.from(gpu, [2], [-5, 0]);
    adam.step();
    expect([...(await p.data())]).toEqual([expect.closeTo(1.1, 6), 2]);
    p.grad = Tensor.from(gpu, [1], [1], "clipped");
    expect(() => adam.step()).toThrow(ShapeError);
    expect(() => adam.step()).toThrow('Adam: expected a gradient [2] of "test", got "clipped" [1].');
    expect((await adam.state()).steps).toEqual([1]);
    adam.dispose();
  });

  it("takes a sum that began elsewhere, because its first summand is still held", async () => {
    using scope = gpu.scope("test");
    const p = Tensor.from(gpu, [1], [3], scope.name).withGrad();
    const adam = new Adam(gpu, [p], { lr: 0.1, beta1: 0, beta2: 0.5 });
    backward(sum(p));
    const held = p.grad?.detach();
    backward(sum(scale(p, 2)));
    adam.step();
    expect(await held?.item()).toBe(1);
    expect((await adam.state()).secondMoments).toEqual([new Float32Array([4.5])]); // ½ · (1 + 2)²
    adam.dispose();
  });

  it("leaves a gradient alone that is held over later steps", async () => {
    using scope = gpu.scope("test");
    const p = Tensor.from(gpu, [2], [3, 4], scope.name).withGrad();
    const adam = new Adam(gpu, [p], { lr: 0.1 });
    backward(sum(p));
    const held = p.grad?.detach();
    for (const factor of [2, 3]) {
      adam.step();
      adam.zeroGrad();
      backward(sum(scale(p, factor)));
      expect([...((await p.grad?.data()) ?? [])]).toEqual([factor, factor]);
    }
    adam.step();
    expect([...((await held?.data()) ?? [])]).toEqual([1, 1]);
    adam.dispose();
  });

  it("takes a gradient that was there before it was made", async () => {
    using scope = gpu.scope("test");
    const p = Tensor.from(gpu, [1], [3], scope.name).withGrad();
    backward(sum(p));
    const adam = new Adam(gpu, [p], { lr: 0.1 });
    adam.step();
    expect(await p.item()).toBeCloseTo(2.9, 6);
    adam.dispose();
  });

  it.each([
    { name: "mul", loss: (p: Tensor) => sum(mul(p, p)), gradient: [4, -6] },
    { name: "sub", loss: (p: Tensor) => sum(sub(p, p)), gradient: [0, 0] },
    { name: "concat", loss: (p: Tensor) => sum(mul(concat(p, p, 0), Tensor.from(gpu, [4], [1, 2, 3, 4]))), gradient: [4, 6] },
  ])("adds up the gradients of both inputs of $name", async ({ loss, gradient }) => {
    using scope = gpu.scope("test");
    const p = Tensor.from(gpu, [2], [2, -3], scope.name).withGrad();
    const adam = new Adam(gpu, [p], { lr: 0.1 });
    backward(loss(p));
    expect([...((await p.grad?.data()) ?? [])]).toEqual(gradient);
    adam.step();
    expect([...(await p.data())]).toEqual([2, -3].map((start, i) => expect.closeTo(start - 0.1 * Math.sign(gradient[i] ?? 0), 6)));
    adam.dispose();
  });

  it("keeps the order of a step and a write to one of its parameters", async () => {
    const p = Tensor.from(gpu, [4], [1, 2, 3, 4]).withGrad();
    const adam = new Adam(gpu, [p], { lr: 0.1 });
    backward(sum(p));
    await gpu.idle();
    adam.step();
    p.write([5, 6, 7, 8]);
    expect([...(await p.data())]).toEqual([5, 6, 7, 8]);
    adam.dispose();
  });

  it("counts the steps of each parameter: one that joins at t = 1000 moves by lr at first", async () => {
    using scope = gpu.scope("test");
    const [first, late] = ["first", "late"].map((label) => Tensor.from(gpu, [1], [0], label).withGrad());
    if (!first || !late) return expect.fail();
    const adam = new Adam(gpu, [first, late], { lr: 0.1 });
    backward(sum(first));
    for (let t = 1; t < 1000; t++) adam.step();
    backward(sum(late));
    adam.step();
    expect(scope.name).toBe("test");
    expect(await late.item()).toBeCloseTo(-0.1, 6);
    expect((await adam.state()).steps).toEqual([1000, 1]);
    adam.dispose();
  });

  it("goes on from steps of each parameter, and from one count for all", async () => {
    const parameters = [1, 2].map((value) => Tensor.from(gpu, [1], [value]).withGrad());
    const adam = new Adam(gpu, parameters, { lr: 0.1 });
    const moments = [new Float32Array([0.5]), new Float32Array([0.25])];
    adam.restore({ steps: [7, 3], firstMoments: moments, secondMoments: moments });
    expect((await adam.state()).steps).toEqual([7, 3]);
    adam.restore({ steps: 5, firstMoments: moments, secondMoments: moments });
    expect(await adam.state()).toEqual({ steps: [5, 5], firstMoments: moments, secondMoments: moments });
    expect(() => adam.restore({ steps: [5], firstMoments: moments, secondMoments: moments })).toThrow(ShapeError);
    adam.dispose();
  });

  it("is one dispatch while all parameters have made the same number of steps", () => {
    const parameters = [1, 2, 3].map((value) => Tensor.from(gpu, [1], [value]).withGrad());
    const adam = new Adam(gpu, parameters);
    const dispatchesOf = (step: () => void): number => {
      const before = gpu.stats.dispatches;
      step();
      return gpu.stats.dispatches - before;
    };
    const [first] = parameters;
    if (!first) return expect.fail();
    for (const parameter of parameters) backward(sum(parameter));
    expect(dispatchesOf(() => adam.step())).toBe(1);
    adam.zeroGrad();
    backward(sum(first));
    expect(dispatchesOf(() => adam.step())).toBe(1);
    for (const parameter of parameters) backward(sum(parameter));
    expect(dispatchesOf(() => adam.step())).toBe(2);
    adam.dispose();
  });

  it("leaves a detached handle its values after dispose(), whatever is made next", async () => {
    const p = Tensor.from(gpu, [320], new Float32Array(320).fill(7)).withGrad();
    const adam = new Adam(gpu, [p]);
    backward(sum(p));
    const [weight, gradient] = [p.detach(), p.grad?.detach()];
    const held = gpu.stats.liveBytes;
    adam.dispose();
    const others = Array.from({ length: 8 }, () => Tensor.from(gpu, [320], new Float32Array(320).fill(9)));
    expect(new Set(await weight.data())).toEqual(new Set([7]));
    expect(new Set(await gradient?.data())).toEqual(new Set([1]));
    for (const tensor of [weight, ...others]) tensor.release();
    gradient?.release();
    expect(gpu.stats.liveBytes).toBeLessThan(held);
  });

  it("refuses a parameter that another optimizer has, or that is listed twice, and changes nothing", async () => {
    const [free, taken] = [Tensor.from(gpu, [1], [1], "free").withGrad(), Tensor.from(gpu, [1], [2], "taken").withGrad()];
    const adam = new Adam(gpu, [taken], { lr: 0.1 });
    const { storage } = free;
    expect(() => new Adam(gpu, [free, taken])).toThrow(MisuseError);
    expect(() => new Adam(gpu, [free, taken])).toThrow(/"taken" belongs to another optimizer or average already/);
    expect(() => new Adam(gpu, [free, free])).toThrow(/"free" is listed twice/);
    expect(free.storage).toBe(storage);
    backward(sum(taken));
    adam.step();
    expect(await taken.item()).toBeCloseTo(1.9, 6);
    adam.dispose();
    free.release();
  });

  it("refuses a parameter of another device by name", async () => {
    using other = await openGpu();
    const stranger = Tensor.from(other, [1], [1], "stranger").withGrad();
    expect(() => new Adam(gpu, [stranger])).toThrow(/"stranger" of another/);
  });
});
