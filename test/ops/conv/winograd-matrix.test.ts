import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { DeviceError } from "../../../src/errors.js";
import { shaders } from "../../../src/generated/shaders.js";
import type { Gpu } from "../../../src/gpu/gpu.js";
import type { MatrixUnits } from "../../../src/gpu/matrix-units.js";
import { HALF_UNIT, matrixFits, multiplyMatrix } from "../../../src/ops/conv/winograd-matrix.js";
import { ELEMENTS } from "../../../src/ops/conv/winograd-product.js";
import { WINOGRAD_AMPLIFICATION } from "../../../src/ops/conv/winograd.js";
import { convKey, pickVariant } from "../../../src/ops/conv/variants.js";
import { openGpu } from "../../../src/open-gpu.js";
import { Random } from "../../../src/random.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { candidatesFor, parseConvKey } from "../../../src/tune/conv-work.js";
import { guard, readGuarded, useGpu } from "../../support/device.js";
import { withoutMatrixUnits } from "../../support/matrix-units.js";
import { At, Bt, G, type Matrix } from "../../support/winograd-matrices.js";

/** To a multiple of `unit`, of two neighbours as near the even one. */
function toUnit(value: number, unit: number): number {
  const [floor, part] = [Math.floor(value / unit), value / unit - Math.floor(value / unit)];
  const up = part > 0.5 || (part === 0.5 && floor % 2 !== 0);
  return (floor + (up ? 1 : 0)) * unit;
}

const exponentOf = (value: number): number => Math.floor(Math.log2(value));

/** Values as f16 holds them once the largest has been scaled to 2¹⁴ … 2¹⁵: to 11 bits, or to 2⁻²⁴ where they are small. */
function rounded(values: readonly number[]): number[] {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = largest === 0 ? 1 : 2 ** (14 - exponentOf(largest));
  return values.map((value) => {
    const scaled = Math.abs(value) * scale;
    const unit = scaled < 2 ** -14 ? 2 ** -24 : 2 ** (exponentOf(scaled) - 10);
    return (Math.sign(value) * toUnit(scaled, unit)) / scale;
  });
}

describe("rounding to f16, as it is emulated", () => {
  it("is that of the format", () => {
    // The first value sets the scale: 2¹⁴ stays 2¹⁴.
    const round = (value: number): number | undefined => rounded([2 ** 14, value])[1];
    expect(round(1 + 2 ** -10)).toBe(1 + 2 ** -10);
    expect(round(1 + 2 ** -11)).toBe(1);
    expect(round(-1 - 3 * 2 ** -11)).toBe(-1 - 2 ** -9);
    expect(round(2049)).toBe(2048);
    expect(round(2051)).toBe(2052);
    expect(round(2 ** -24)).toBe(2 ** -24);
    expect(round(2 ** -25)).toBe(0);
    expect(round(3 * 2 ** -25)).toBe(2 ** -23);
    expect(rounded([0, 0])).toEqual([0, 0]);
    expect(rounded([1e-30, 3e30])[1]).toBeCloseTo(3e30, -28);
  });
});

const transpose = (m: Matrix): number[][] => (m[0] ?? []).map((_, i) => m.map((row) => row[i] ?? Number.NaN));

/** m · square · mᵀ, the square given and returned row by row. */
function transform(m: Matrix, square: readonly number[]): number[] {
  const side = m[0]?.length ?? 0;
  const half = m.map((row) => Array.from({ length: side }, (_, c) => row.reduce((sum, f, i) => sum + f * (square[i * side + c] ?? Number.NaN), 0)));
  return half.flatMap((line) => m.map((row) => row.reduce((sum, f, i) => sum + f * (line[i] ?? Number.NaN), 0)));
}

describe("the error that rounded products leave in a convolution", () => {
  const TERMS = 24;
  const PLACES = 24;
  const random = new Random(6).stream("matrix");
  const draw = (size: number): number[] => Array.from({ length: size }, () => random.normal());

  /**
   * The largest difference of results from a and b of `TERMS` terms, both transformed to 36 elements, multiplied element by
   * element in float64 and transformed back, with and without rounding of the elements.
   */
  function difference(aSide: number, aBy: Matrix, bSide: number, bBy: Matrix, back: Matrix): number {
    let worst = 0;
    for (let place = 0; place < PLACES; place++) {
      const [a, b] = [
        Array.from({ length: TERMS }, () => transform(aBy, draw(aSide ** 2))),
        Array.from({ length: TERMS }, () => transform(bBy, draw(bSide ** 2))),
      ];
      // Element k of all terms is a row of one of the 36 matrices.
      const byElement = (terms: readonly number[][], k: number): number[] => terms.map((term) => term[k] ?? Number.NaN);
      const error = Array.from({ length: ELEMENTS }, (_, k) => {
        const [left, right] = [byElement(a, k), byElement(b, k)];
        const [leftRounded, rightRounded] = [rounded(left), rounded(right)];
        return left.reduce((sum, value, i) => sum + (leftRounded[i] ?? 0) * (rightRounded[i] ?? 0) - value * (right[i] ?? 0), 0);
      });
      worst = Math.max(worst, ...transform(back, error).map(Math.abs));
    }
    return worst;
  }

  /** Of results that are plain sums of `products` terms of variance 1: 4 deviations, see the NOTE. */
  const bound = (products: number): number => 4 * WINOGRAD_AMPLIFICATION * Math.sqrt((2 * products) / 3) * HALF_UNIT;

  it.each([
    ["forward", difference(6, Bt, 3, G, At), 9 * TERMS],
    ["transposed", difference(4, transpose(At), 3, G, transpose(Bt)), 9 * TERMS],
    ["weightGrad", difference(6, Bt, 4, transpose(At), transpose(G)), 16 * TERMS],
  ])("%s stays within the stated bound, and comes near it", (_, error, products) => {
    expect(error).toBeLessThan(bound(products));
    expect(error).toBeGreaterThan(bound(products) / 10);
  });
});

const sizes = [
  ["one vec4 of each", 1, 4, 4],
  ["a whole tile and slice", 64, 32, 64],
  ["ragged everywhere", 71, 44, 100],
  ["several slices and tiles", 130, 128, 68],
] as const;
const kinds = [
  ["values of variance 1", (): number => 1],
  ["gradients, of 10⁻⁹", (): number => 1e-9],
  ["activations, of 10⁶", (): number => 1e6],
  ["values that grow along the depth", (d: number): number => 1.5 ** (d - 60)],
  ["values that shrink along the depth", (d: number): number => 1.5 ** (60 - d)],
] as const;
const cases = sizes.flatMap(([name, rows, depth, columns]) =>
  kinds.map(([kind, size]) => ({ title: `${name}, ${kind}`, rows, depth, columns, size })),
);

/** Computes the product and compares it with sums in float64 of operands rounded as the device rounds. */
async function expectProduct(on: Gpu, { rows, depth, columns, size, title }: (typeof cases)[number]): Promise<void> {
  const random = new Random(7).stream(title);
  const a = Float32Array.from({ length: ELEMENTS * rows * depth }, (_, i) => random.normal() * Math.min(1e15, size(i % depth)));
  const b = Float32Array.from({ length: ELEMENTS * depth * columns }, () => random.normal());
  using _scope = on.scope(title);
  const [aOn, bOn] = [Tensor.from(on, [ELEMENTS, rows, depth], a), Tensor.from(on, [ELEMENTS, depth, columns], b)];
  using product = multiplyMatrix(on, aOn, bOn, { rows, depth, columns }, 0);
  const got = await readGuarded(product);
  const halves = on.matrixUnits?.elements === "f16";
  let worst = 0;
  for (let k = 0; k < ELEMENTS; k++) {
    const part = (all: Float32Array, length: number): number[] => [...all.subarray(k * length, (k + 1) * length)];
    const [left, right] = [part(a, rows * depth), part(b, depth * columns)].map((all) => (halves ? rounded(all) : all));
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let [sum, sizes] = [0, 0];
        for (let d = 0; d < depth; d++) {
          const term = (left?.[row * depth + d] ?? 0) * (right?.[d * columns + column] ?? 0);
          sum += term;
          sizes += Math.abs(term);
        }
        const error = Math.abs((got[(k * rows + row) * columns + column] ?? Number.NaN) - sum) / sizes;
        // A NaN must not get lost in a maximum.
        if (!(error <= worst)) worst = error;
      }
    }
  }
  // Every addition truncates to 24 bits of a sum that is no larger than the sizes. A rounding of the operands is 2⁻¹¹.
  expect(worst).toBeLessThan(depth * 2 ** -23 + 2 ** -22);
}

describe("the kernel, its matrix units emulated", () => {
  const gpu = useGpu({ guarded: true });

  const names = ["winograd/multiply-matrix-f16", "winograd/multiply-matrix-f32"] as const;
  const originals = names.map((name) => ({ ...shaders[name] }));
  beforeAll(() => {
    for (const name of names) Object.assign(shaders[name], { code: withoutMatrixUnits(shaders[name].code) });
  });
  afterAll(() => {
    for (const [i, name] of names.entries()) Object.assign(shaders[name], originals[i]);
  });

  it.for([
    { M: 16, N: 16, K: 16, elements: "f16" },
    { M: 16, N: 8, K: 8, elements: "f16" },
    { M: 8, N: 8, K: 8, elements: "f32" },
  ] as const satisfies readonly MatrixUnits[])("is right for $elements in $M×$N×$K", async (units) => {
    Object.defineProperty(gpu(), "matrixUnits", { value: units, configurable: true });
    const some = cases.filter(({ title }) => /^ragged everywhere, (gradients|values that grow)/.test(title));
    expect(some).toHaveLength(2);
    for (const one of some) await expectProduct(gpu(), one);
  });
});

describe("on a device with matrix units", () => {
  let gpu: Gpu | undefined;
  let missing = "";
  beforeAll(async () => {
    try {
      gpu = await openGpu({ matrices: true });
      guard(gpu);
    } catch (error) {
      // Any other error is one.
      if (!(error instanceof DeviceError && error.message.startsWith("matrices: "))) throw error;
      missing = error.message;
    }
  });
  afterAll(async () => {
    await gpu?.idle();
    gpu?.dispose();
  });

  /** The device, or the test is skipped and says why. */
  function device({ skip }: TestContext): Gpu {
    if (!gpu) return skip(missing);
    if (!matrixFits(gpu)) skip(`the kernel has no tile for ${gpu.subgroupLanes} lanes and these limits`);
    return gpu;
  }

  it.for(cases)("$title: is what f16 and sums in f32 give", async (one, context) => {
    await expectProduct(device(context), one);
  });

  it("is taken where it is chosen, by the tuner too, and never by rule", (context) => {
    const on = device(context);
    const work = parseConvKey("forward 1x64x64x256 3x3/1+1r 64x64x256");
    if (!work) throw new Error("expected the key to name work");
    using _scope = on.scope(work.key);
    expect(candidatesFor(on, work).map(({ variant }) => variant)).toContain("winograd/matrix");
    expect(pickVariant(on, "forward", work.g)).not.toBe("winograd/matrix");
    on.choices.set(convKey("forward", work.g), "winograd/matrix");
    expect(pickVariant(on, "forward", work.g)).toBe("winograd/matrix");
  });
});

it("is no candidate of the tuner and no choice where nobody opted in", async () => {
  using gpu = await openGpu({ matrices: false });
  Object.defineProperty(gpu, "isCpu", { value: false });
  const work = parseConvKey("forward 1x8x8x8 3x3/1+1 8x8x8");
  if (!work) throw new Error("expected the key to name work");
  using _scope = gpu.scope(work.key);
  const variants = candidatesFor(gpu, work).map(({ variant }) => variant);
  expect(variants).toContain("winograd/64x64");
  expect(variants).not.toContain("winograd/matrix");
  gpu.choices.set(work.key, "winograd/matrix");
  expect(pickVariant(gpu, "forward", work.g)).not.toBe("winograd/matrix");
});
