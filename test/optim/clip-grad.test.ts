import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.js";
import { clipGradNorm, clipGradValue } from "../../src/optim/clip-grad.js";
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
