import { expect, it } from "vitest";
import { powerIteration, spectralNorm } from "../../../src/ops/norm/spectral-norm.js";
import { Random } from "../../../src/random.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { useGpu } from "../../support/device.js";
import { draw, dot } from "../../support/float64.js";

const gpu = useGpu({ guarded: true });

it("power iteration finds the largest singular value, whose weight is divided by to 1", async () => {
  const device = gpu();
  using _scope = device.scope("power iteration");
  const [rows, columns] = [18, 7];
  // A matrix of known largest singular value: 3 · a bᵀ of unit vectors, and noise far below it.
  const random = new Random(3);
  const unit = (size: number): Float64Array => {
    const values = draw(random, [size]).data;
    const norm = Math.sqrt(dot(values, values));
    return values.map((value) => value / norm);
  };
  const [a, b] = [unit(rows), unit(columns)];
  const weight = Tensor.from(
    device,
    [3, 3, 2, columns],
    Float32Array.from({ length: rows * columns }, (_, i) => 3 * (a[Math.floor(i / columns)] ?? 0) * (b[i % columns] ?? 0)),
  );
  const [u, v] = [Tensor.from(device, [columns], new Float32Array(unit(columns))), Tensor.zeros(device, [3, 3, 2])];
  const next = Tensor.zeros(device, [columns]);
  powerIteration(weight, u, next, v);
  // Of a matrix of rank 1, one step is enough.
  const normal = await spectralNorm(weight, next, v).data();
  expect(Math.sqrt(dot(normal, normal))).toBeCloseTo(1, 5);
  const sign = Math.sign(dot(await next.data(), b));
  for (const [i, value] of (await next.data()).entries()) expect(value).toBeCloseTo(sign * (b[i] ?? 0), 5);
  for (const [i, value] of (await v.data()).entries()) expect(value).toBeCloseTo(sign * (a[i] ?? 0), 5);
});
