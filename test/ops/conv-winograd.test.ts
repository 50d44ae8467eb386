import { expect, it } from "vitest";
import type { ConvGeometry } from "../../src/ops/conv-geometry.js";
import type { ConvOperands, ConvVariant, WeightGradOperands } from "../../src/ops/conv-variant.js";
import { convVariants, type ConvPass } from "../../src/ops/conv-variants.js";
import * as winograd from "../../src/ops/conv-winograd.js";
import { Random } from "../../src/random.js";
import { Tensor } from "../../src/tensor.js";
import { onOtherAdapter, readGuarded, useGpu } from "../support/device.js";
import { reflected } from "../support/float64.js";

const gpu = useGpu({ guarded: true });

type Sizes = readonly [
  name: string,
  wide: readonly [n: number, height: number, width: number, channels: number],
  outChannels: number,
  padding: { readonly padding: number; readonly reflect?: true },
];

function geometryOf([, [n, height, width, channels], outChannels, { padding, reflect }]: Sizes): ConvGeometry {
  const [outHeight, outWidth] = [height + 2 * padding - 2, width + 2 * padding - 2];
  const kernel = { kernelHeight: 3, kernelWidth: 3, stride: 1, padding, reflect: reflect ? 1 : 0 } as const;
  return { n, height, width, channels, outHeight, outWidth, outChannels, ...kernel };
}

const square = (size: number, channels: number, n = 1): ConvGeometry =>
  geometryOf(["", [n, size, size, channels], channels, { padding: 1 }]);

const sizes: readonly Sizes[] = [
  ["one vec4 of channels, one whole tile", [1, 4, 4, 4], 4, { padding: 1 }],
  ["no padding", [2, 7, 6, 8], 4, { padding: 0 }],
  ["less than a tile", [1, 2, 3, 4], 8, { padding: 1, reflect: true }],
  ["padding of 2, wider than what is left of a tile", [1, 3, 5, 8], 8, { padding: 2, reflect: true }],
  ["more tiles and channels than a subgroup has, ragged", [2, 18, 13, 44], 36, { padding: 1, reflect: true }],
  ["zeros, ragged", [1, 11, 9, 36], 44, { padding: 2 }],
];

/** Where the image is read for each output pixel and tap: pixel number, or −1 for zeros. */
function sourcesOf(g: ConvGeometry): number[] {
  const place = (i: number, extent: number): number => (g.reflect ? reflected(i, extent) : i);
  const found: number[] = [];
  for (let pixel = 0; pixel < g.n * g.outHeight * g.outWidth; pixel++) {
    const line = Math.floor(pixel / g.outWidth);
    for (let tap = 0; tap < 9; tap++) {
      const row = place((line % g.outHeight) + Math.floor(tap / 3) - g.padding, g.height);
      const column = place((pixel % g.outWidth) + (tap % 3) - g.padding, g.width);
      const inside = row >= 0 && row < g.height && column >= 0 && column < g.width;
      found.push(inside ? (Math.floor(line / g.outHeight) * g.height + row) * g.width + column : -1);
    }
  }
  return found;
}

interface Passes<T> {
  readonly forward: T;
  readonly transposed: T;
  readonly weightGrad: T;
}

/** The three passes in float64, as plain sums of products. */
function exact(g: ConvGeometry, x: Float32Array, w: Float32Array, dy: Float32Array): Passes<Float64Array> {
  const results = {
    forward: new Float64Array(dy.length),
    transposed: new Float64Array(x.length),
    weightGrad: new Float64Array(w.length),
  };
  const add = (to: Float64Array, i: number, value: number): void => void (to[i] = (to[i] ?? 0) + value);
  for (const [i, pixel] of sourcesOf(g).entries()) {
    if (pixel < 0) continue;
    for (let c = 0; c < g.channels; c++) {
      const xAt = pixel * g.channels + c;
      for (let o = 0; o < g.outChannels; o++) {
        const yAt = Math.floor(i / 9) * g.outChannels + o;
        const wAt = ((i % 9) * g.channels + c) * g.outChannels + o;
        const [xValue = 0, wValue = 0, dyValue = 0] = [x[xAt], w[wAt], dy[yAt]];
        add(results.forward, yAt, xValue * wValue);
        add(results.transposed, xAt, dyValue * wValue);
        add(results.weightGrad, wAt, xValue * dyValue);
      }
    }
  }
  return results;
}

/** A plain sum of n products of variance 1 rounds n partial sums of variance 1 … n to 2⁻²⁴ of them: √(n² / 2) · 2⁻²⁴ / √3. */
const deviation = (products: number): number => (products / Math.sqrt(6)) * 2 ** -24;
/** One of 16,000 values is expected beyond 4 deviations, and the largest result has 14,000. */
const DEVIATIONS = 4;

const passes = ["forward", "transposed", "weightGrad"] as const;
/** Without winograd/matrix, which this device does not offer: conv-winograd-matrix.test.ts. */
const names = Object.keys(convVariants.forward).filter((name) => name.startsWith("winograd") && name !== "winograd/matrix");

/** The ways that this device has, or would have if it were of the other kind. */
function fitting(pass: ConvPass, g: ConvGeometry) {
  const variants: Readonly<Record<string, ConvVariant<ConvOperands & WeightGradOperands>>> = convVariants[pass];
  return names.flatMap((name) => {
    const variant = variants[name];
    return variant?.fits(gpu(), g) ? [{ name, variant }] : [];
  });
}

it.for(sizes)("%s: all passes keep within the stated rounding, whatever computes the products", async (one) => {
  const g = geometryOf(one);
  const random = new Random(1).stream(one[0]);
  const draw = (size: number): Float32Array => Float32Array.from({ length: size }, () => random.normal());
  const pixels = g.n * g.outHeight * g.outWidth;
  const x = draw(g.n * g.height * g.width * g.channels);
  const w = draw(9 * g.channels * g.outChannels);
  const dy = draw(pixels * g.outChannels);
  const expected = exact(g, x, w, dy);
  using scope = gpu().scope(one[0]);
  expect(scope.name).toBe(one[0]);
  const upload = (values: Float32Array): Tensor => Tensor.from(gpu(), [values.length], values);
  const [xOn, wOn, dyOn] = [upload(x), upload(w), upload(dy)];
  // Reflection adds up to four places, of at most nine taps each.
  const products = { forward: 9 * g.channels, transposed: 36 * g.outChannels, weightGrad: pixels };
  const computed: string[] = [];
  const check = async (): Promise<void> => {
    for (const pass of passes) {
      for (const { name, variant } of fitting(pass, g)) {
        const result = Tensor.empty(gpu(), [expected[pass].length]);
        const input = pass === "transposed" ? dyOn : xOn;
        variant.run(gpu(), g, { x: input, w: wOn, bias: undefined, y: result, dy: dyOn, dw: result });
        const got = await readGuarded(result);
        const error = expected[pass].reduce((worst, value, i) => Math.max(worst, Math.abs(value - (got[i] ?? Number.NaN))), 0);
        expect(error, `${pass}, ${name}`).toBeLessThan(DEVIATIONS * winograd.WINOGRAD_AMPLIFICATION * deviation(products[pass]));
        computed.push(`${pass} ${name}`);
      }
    }
  };
  await check();
  // The kernels of the other kind of adapter, where this one can run them.
  await onOtherAdapter(gpu(), check);
  for (const pass of passes) for (const name of names) expect(computed).toContain(`${pass} ${name}`);
});

it("amplifies rounding by what its matrices say", () => {
  const bt = [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
  ];
  const g = [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ];
  const at = [
    [1, 1, 1, 1, 1, 0],
    [0, 1, -1, 2, -2, 0],
    [0, 1, 1, 4, 4, 0],
    [0, 1, -1, 8, -8, 1],
  ];
  const cell = (matrix: readonly number[][], row: number, column: number): number => matrix[row]?.[column] ?? Number.NaN;
  // They are the matrices of the method: output i of a window d is d[i] g[0] + d[i + 1] g[1] + d[i + 2] g[2].
  for (let i = 0; i < 4; i++) {
    for (let tap = 0; tap < 3; tap++) {
      for (let d = 0; d < 6; d++) {
        let sum = 0;
        for (let k = 0; k < 6; k++) sum += cell(at, i, k) * cell(g, k, tap) * cell(bt, k, d);
        expect(sum).toBeCloseTo(d === i + tap ? 1 : 0, 12);
      }
    }
  }
  const squares = (row: readonly number[] = []): number => row.reduce((sum, value) => sum + value * value, 0);
  const column = (matrix: readonly number[][], k: number): number[] => matrix.map((row) => row[k] ?? Number.NaN);
  const over = (outputs: number, products: number, term: (output: number, k: number) => number): number =>
    Math.max(
      ...Array.from({ length: outputs }, (_, output) => {
        let variance = 0;
        for (let k = 0; k < 6; k++) variance += term(output, k);
        return variance / products;
      }),
    );
  const forward = over(4, 3, (i, k) => cell(at, i, k) ** 2 * squares(g[k]) * squares(bt[k]));
  // Pixels d and d + 4 of neighbouring windows are the same: d = 4 joins 0, and 5 joins 1.
  const inWindow = (d: number, k: number): number => cell(bt, k, d) ** 2 * squares(g[k]) * squares(column(at, k));
  const transposed = over(4, 3, (d, k) => inWindow(d, k) + (d < 2 ? inWindow(d + 4, k) : 0));
  const weightGrad = over(3, 4, (tap, k) => cell(g, k, tap) ** 2 * squares(column(at, k)) * squares(bt[k]));
  expect(forward).toBeCloseTo(31.4, 1);
  expect(transposed).toBeCloseTo(17.5, 1);
  expect(weightGrad).toBeCloseTo(24.2, 1);
  expect(winograd.WINOGRAD_AMPLIFICATION).toBeGreaterThan(forward);
  expect(winograd.WINOGRAD_AMPLIFICATION).toBeLessThan(forward * 1.01);
});

it.each([
  ["a residual block's layer at 64²", square(64, 256), true],
  ["one at 16²", square(16, 128), true],
  ["few channels", square(32, 8), false],
  ["few tiles, whose weight's transform is not paid for", square(8, 128), false],
  ["as many in a batch of 4", square(8, 128, 4), true],
  ["17², of which the 5 × 5 tiles compute 20²", square(17, 64), false],
])("%s: pays %s", (_, g, expected) => {
  expect(winograd.pays(g)).toBe(expected);
});

it("is for kernels of 3×3 at stride 1, and for transforms that the device can bind", () => {
  const device = gpu();
  const g = square(64, 256);
  expect(winograd.fits(device, g)).toBe(!device.isCpu || [4, 8].includes(device.subgroupLanes));
  expect(winograd.fits(device, { ...g, stride: 2 })).toBe(false);
  expect(winograd.fits(device, { ...g, kernelWidth: 4 })).toBe(false);
  const tiles = device.device.limits.maxStorageBufferBindingSize / 4 / 36 / 256;
  expect(winograd.fits(device, { ...g, n: Math.floor(tiles / 256) + 1 })).toBe(false);
});
