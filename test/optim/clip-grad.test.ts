import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.js";
import { clipGradNorm, clipGradValue } from "../../src/optim/clip-grad.js";
import { add } from "../../src/ops/elementwise/add.js";
import { scale } from "../../src/ops/elementwise/scale.js";
import { sum } from "../../src/ops/reduce/sum.js";
import { SGD } from "../../src/optim/sgd.js";
import { backward } from "../../src/tensor/autograd.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu({ guarded: true });

/** Parameters with these gradients, and one without. */
function withGradients(...gradients: readonly number[][]): Tensor[] {
  const parameters = gradients.map((values) => {
    const parameter = Tensor.zeros(gpu(), [values.length]).withGrad();
    parameter.grad = Tensor.from(gpu(), [values.length], values);
    return parameter;
  });
  return [...parameters, Tensor.zeros(gpu(), [3]).withGrad()];
}

const gradientsOf = async (parameters: readonly Tensor[]): Promise<number[][]> =>
  Promise.all(parameters.flatMap(({ grad }) => (grad ? [grad.data().then((values) => [...values])] : [])));

describe("clipGradNorm", () => {
  it("scales all gradients by the norm of them together", async () => {
    using _scope = gpu().scope("clip");
    const parameters = withGradients([3, 0, 0, 0], [0, 4, 12], [84]);
    const norm = clipGradNorm(parameters, 8.5);
    // √(3² + 4² + 12² + 84²) = 85
    expect(await norm.item()).toBe(85);
    const scaled = [[0.3, 0, 0, 0], [0, 0.4, 1.2], [8.4]];
    for (const [i, gradient] of (await gradientsOf(parameters)).entries()) {
      for (const [j, value] of gradient.entries()) {
        const expected = scaled[i]?.[j] ?? Number.NaN;
        // The root, the quotient and the product have errors of at most 2.5 ulp each, of which one is 2⁻²³ at most.
        expect(Math.abs(value - expected)).toBeLessThanOrEqual(8 * 2 ** -23 * expected);
      }
    }
    expect(norm.requiresGrad).toBe(false);
  });

  it("leaves gradients within the limit to the bit", async () => {
    using _scope = gpu().scope("clip");
    const parameters = withGradients([0.3, -0.7], [1 / 3]);
    const before = await gradientsOf(parameters);
    clipGradNorm(parameters, 1);
    expect(await gradientsOf(parameters)).toEqual(before);
  });

  it("scales each gradient once, and no other handle on it, where parameters share one", async () => {
    using scope = gpu().scope("clip");
    const parameters = [[1, 2], [3, 4]].map((values) => Tensor.from(gpu(), [2], values).withGrad());
    const [a, b] = parameters;
    if (!a || !b) throw new Error("no parameters");
    // The gradient of a sum is that of both summands, in the same memory.
    backward(sum(scale(add(a, b), 2)));
    const held = a.grad?.detach();
    const norm = clipGradNorm(parameters, 2);
    expect(await norm.item()).toBe(4);
    for (const gradient of await gradientsOf(parameters)) {
      // As above: at most 8 · 2⁻²³ of the value.
      for (const value of gradient) expect(Math.abs(value - 1)).toBeLessThanOrEqual(8 * 2 ** -23);
    }
    expect([...((await held?.data()) ?? [])]).toEqual([2, 2]);
    clipGradValue([a], 0.5);
    expect(await gradientsOf([a])).toEqual([[0.5, 0.5]]);
    scope.close();
  });

  it("scales a gradient in the memory of its optimizer, and the step takes it", async () => {
    using scope = gpu().scope("clip");
    const p = scope.keep(Tensor.from(gpu(), [3], [1, 2, 3])).withGrad();
    const sgd = new SGD(gpu(), [p], { lr: 1 });
    backward(sum(scale(p, 5)));
    clipGradValue([p], 0.5);
    sgd.step();
    expect([...(await p.data())]).toEqual([0.5, 1.5, 2.5]);
    sgd.dispose();
  });

  it("has the norm of float16 gradients whose squares float16 cannot hold", async ({ skip }) => {
    skip(!gpu().hasHalf, "needs shader-f16");
    using _scope = gpu().scope("clip");
    const parameter = Tensor.full(gpu(), [3], 0, "halves", "float16").withGrad();
    parameter.grad = Tensor.from(gpu(), [3], [300, -400, 0], "gradient", "float16");
    expect(await clipGradNorm([parameter], 250).item()).toBe(500);
    expect(await gradientsOf([parameter])).toEqual([[150, -200, 0]]);
  });

  it("refuses a limit of 0, and parameters without gradients", () => {
    using _scope = gpu().scope("clip");
    expect(() => clipGradNorm(withGradients([1]), 0)).toThrow("clipGradNorm: expected maxNorm to be a finite number above 0, got 0.");
    expect(() => clipGradNorm(withGradients(), 1)).toThrow(UsageError);
  });
});

it("clipGradValue limits each element", async () => {
  using _scope = gpu().scope("clip");
  const parameters = withGradients([-3, -0.5, 0, 0.5, 3], [7]);
  clipGradValue(parameters, 0.5);
  expect(await gradientsOf(parameters)).toEqual([[-0.5, -0.5, 0, 0.5, 0.5], [0.5]]);
});
