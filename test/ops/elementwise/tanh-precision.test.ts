import { describe, expect, it } from "vitest";
import { tanh } from "../../../src/ops/elementwise/tanh.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();

describe("tanh, one value at a time", () => {
  // The seam between the two formulas is at 0.625; 1.2e-38 is next to the smallest normal number.
  const sizes = [1.2e-38, 3e-8, 1e-6, 1e-3, 0.1, 0.4, 0.6249, 0.6251, 1, 3, 20];
  // Of exp's error, at most 3 + 2 · 1.25 ulp by WGSL, e / (1 - e) + e / (1 + e) < 0.63 arrives: 3.5 ulp. A division has 2.5,
  // two sums half an ulp each. 7 ulp, and one for the reference's rounding to float32.
  const relative = 8 * 2 ** -23;

  it.each([3, 4].map((width) => ({ width })))("is right to 8 ulp for rows of $width", async ({ width }) => {
    const values = sizes.flatMap((size) => [size, -size]);
    const x = Float32Array.from({ length: width * values.length }, (_, i) => values[i % values.length] ?? 0);
    using scope = gpu().scope("tanh");
    const y = await tanh(Tensor.from(gpu(), [values.length, width], x, scope.name)).data();
    for (const [i, value] of y.entries()) {
      const exact = Math.tanh(x[i] ?? Number.NaN);
      expect(Math.abs(value / exact - 1), `tanh(${x[i]}) = ${exact}, got ${value}`).toBeLessThan(relative);
    }
  });

  it("is 0 at 0, 1 at infinity, and NaN at NaN", async () => {
    using scope = gpu().scope("tanh");
    const x = Tensor.from(gpu(), [4], [0, Infinity, -Infinity, Number.NaN], scope.name);
    expect([...(await tanh(x).data())]).toEqual([0, 1, -1, Number.NaN]);
  });
});
