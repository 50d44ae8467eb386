import { expect, it } from "vitest";
import { ShapeError } from "../../src/errors.js";
import { iteratePower, spectralNorm } from "../../src/ops/spectral-norm.js";
import { Random } from "../../src/random.js";
import { sizeOf, type Shape } from "../../src/shape.js";
import { Tensor } from "../../src/tensor.js";
import { useGpu } from "../support/device.js";
import { dot, draw, map, type Values } from "../support/float64.js";
import { testOp } from "../support/op-runner.js";
import { nameOf } from "../support/samples.js";

const gpu = useGpu({ guarded: true });

const columnsOf = (shape: Shape): number => shape.at(-1) ?? 1;

/** W · u. */
function times(weight: Values, u: Values): Values {
  const columns = u.data.length;
  const rows = weight.data.length / columns;
  const row = (k: number): Float64Array => weight.data.subarray(k * columns, (k + 1) * columns);
  return { shape: [rows], data: Float64Array.from({ length: rows }, (_, k) => dot(row(k), u.data)) };
}

/** Wᵀ · v. */
function transposedTimes(weight: Values, v: Values): Values {
  const columns = columnsOf(weight.shape);
  const data = new Float64Array(columns);
  for (const [i, value] of weight.data.entries()) data[i % columns] = (data[i % columns] ?? 0) + value * (v.data[Math.floor(i / columns)] ?? 0);
  return { shape: [columns], data };
}

function unit(x: Values): Values {
  const length = Math.max(Math.sqrt(dot(x.data, x.data)), 1e-12);
  return map(x, (value) => value / length);
}

const shapes: readonly Shape[] = [
  [1, 1, 3, 1],
  [1, 1, 5, 3],
  [3, 3, 2, 4],
  [4, 4, 3, 8],
];

const inputsOf = (shape: Shape) => {
  const columns = columnsOf(shape);
  return { weight: { shape }, u: { shape: [columns] }, v: { shape: [sizeOf(shape) / columns] } };
};

// Random u and v give a σ that may be near 0; away from it nothing is amplified.
const positive = (random: Random): number => 0.5 + random.uniform();
const samples = shapes.map((shape) => {
  const { weight, u, v } = inputsOf(shape);
  const inputs = { weight: { ...weight, draw: positive }, u: { ...u, draw: positive }, v: { ...v, draw: positive } };
  return { name: nameOf(shape), inputs, attrs: null };
});

testOp<"weight" | "u" | "v", never, null>(gpu, {
  name: "spectralNorm",
  run: ({ weight, u, v }) => spectralNorm(weight, u, v),
  reference({ weight, u, v }) {
    const sigma = dot(times(weight, u).data, v.data);
    return map(weight, (value) => value / sigma);
  },
  // σ is a sum over the weight; the gradient sums up once more.
  terms: ({ weight }) => ({ forward: 2 * sizeOf(weight.shape), gradient: 4 * sizeOf(weight.shape) }),
  constants: ["u", "v"],
  samples,
  errors: [
    {
      name: "vectors of another weight",
      call: (device) => spectralNorm(Tensor.zeros(device, [3, 3, 2, 4]), Tensor.zeros(device, [18]), Tensor.zeros(device, [4])),
      error: ShapeError,
      message: /^spectralNorm: expected u \[4\] and v \[18\] for the weight \[3, 3, 2, 4\], got \[18\] and \[4\]/,
    },
  ],
});

const powerSamples = shapes.map((shape) => {
  const { weight, u } = inputsOf(shape);
  return { name: nameOf(shape), inputs: { weight: { ...weight, draw: positive }, u: { ...u, draw: positive } }, attrs: null };
});

const roundTerms = (weight: Shape): number => 4 * sizeOf(weight);

testOp<"weight" | "u", never, null>(gpu, {
  name: "iteratePower's v",
  run: ({ weight, u }) => iteratePower(weight, u).v,
  reference: ({ weight, u }) => unit(times(weight, u)),
  terms: ({ weight }) => ({ forward: roundTerms(weight.shape), gradient: 0 }),
  constants: ["weight", "u"],
  samples: powerSamples,
});

testOp<"weight" | "u", never, null>(gpu, {
  name: "iteratePower's u",
  run: ({ weight, u }) => iteratePower(weight, u).u,
  reference: ({ weight, u }) => unit(transposedTimes(weight, unit(times(weight, u)))),
  terms: ({ weight }) => ({ forward: 2 * roundTerms(weight.shape), gradient: 0 }),
  constants: ["weight", "u"],
  samples: powerSamples,
});

it("rounds of the power iteration bring the largest singular value of the weight to 1", async () => {
  using scope = gpu().scope("power iteration");
  expect(scope.name).toBe("power iteration");
  const shape = [2, 2, 3, 4];
  const values = draw(new Random(4), shape);
  const weight = Tensor.from(gpu(), shape, Float32Array.from(values.data));
  const u = Tensor.from(gpu(), [4], [1, 0, 0, 0]);
  for (let round = 0; round < 60; round++) iteratePower(weight, u);
  const pair = iteratePower(weight, u);
  expect(await u.data()).toEqual(await pair.u.data());
  const normalised = { shape, data: Float64Array.from(await spectralNorm(weight, pair.u, pair.v).data()) };
  let direction: Values = { shape: [4], data: Float64Array.of(1, 1, 1, 1) };
  for (let round = 0; round < 200; round++) direction = unit(transposedTimes(normalised, unit(times(normalised, direction))));
  const largest = Math.sqrt(dot(times(normalised, direction).data, times(normalised, direction).data));
  // Rounding of the sums in float32, and what 60 rounds leave where the second value is 0.9 of the first: 0.9^120 = 3e-6.
  expect(Math.abs(largest - 1)).toBeLessThan(1e-5);
});
