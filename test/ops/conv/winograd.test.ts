import { describe, expect, it } from "vitest";
import type { ConvGeometry } from "../../../src/ops/conv/geometry.js";
import type { ConvPass } from "../../../src/ops/conv/pass.js";
import { convVariants } from "../../../src/ops/conv/variants.js";
import * as winograd from "../../../src/ops/conv/winograd.js";
import { expectWithin } from "../../support/conv-checks.js";
import { exactPasses, geometryOf, normalProblem, passes, variantOf, type ConvSizes } from "../../support/conv-problem.js";
import { asVendor, onOtherAdapter, useGpu } from "../../support/device.js";
import { tilesRun } from "../../support/tiles-run.js";
import { At, Bt, G, type Matrix } from "../../support/winograd-matrices.js";

const gpu = useGpu({ guarded: true });

const square = (size: number, channels: number, n = 1): ConvGeometry =>
  geometryOf(["", [n, size, size, channels], [3, 3, channels], { padding: 1 }]);

const sizes: readonly ConvSizes[] = [
  ["one vec4 of channels, one whole tile", [1, 4, 4, 4], [3, 3, 4], { padding: 1 }],
  ["no padding", [2, 7, 6, 8], [3, 3, 4], { padding: 0 }],
  ["less than a tile", [1, 2, 3, 4], [3, 3, 8], { padding: 1, reflect: true }],
  ["padding of 2, wider than what is left of a tile", [1, 3, 5, 8], [3, 3, 8], { padding: 2, reflect: true }],
  ["more tiles and channels than a subgroup has, ragged", [2, 18, 13, 44], [3, 3, 36], { padding: 1, reflect: true }],
  ["zeros, ragged", [1, 11, 9, 36], [3, 3, 44], { padding: 2 }],
];

/** Without winograd/matrix, which this device does not offer: conv/winograd-matrix.test.ts. */
const names = Object.keys(convVariants.forward).filter((name) => name.startsWith("winograd") && name !== "winograd/matrix");

// The first compiles the kernels of all tiles.
it.for(sizes)("%s: all passes keep within the stated rounding, whatever computes the products", { timeout: 180_000 }, async (one) => {
  const problem = normalProblem(one);
  const exact = exactPasses(problem);
  const computed: string[] = [];
  const check = async (): Promise<void> => {
    for (const pass of passes) {
      // The ways that this device has, or would have if it were of the other kind.
      for (const name of names.filter((each) => variantOf(pass, each)?.fits(gpu(), problem.g))) {
        await expectWithin(gpu(), pass, name, problem, exact[pass]);
        computed.push(`${pass} ${name}`);
      }
    }
  };
  await check();
  // The kernels of the other kind of adapter, where this one can run them.
  await onOtherAdapter(gpu(), check);
  for (const pass of passes) for (const name of names) expect(computed).toContain(`${pass} ${name}`);
});

const FORWARD_TILES = "tiles enough for NVIDIA's larger tile in the first two passes";
const GRADIENT_TILES = "channels enough for it in the third";
const ragged = sizes.filter(([name]) => name.includes("ragged"));
const large: readonly ConvSizes[] = [
  [FORWARD_TILES, [1, 65, 66, 36], [3, 3, 36], { padding: 1 }],
  [GRADIENT_TILES, [1, 14, 15, 132], [3, 3, 68], { padding: 1 }],
];

const all = Object.fromEntries([...ragged, ...large].map(([name]) => [name, passes]));

describe.each([
  ["nvidia", 4, "64x64/4x8", { [FORWARD_TILES]: ["forward", "transposed"], [GRADIENT_TILES]: ["weightGrad"] }],
  ["apple", 1, "64x64/4x8", { [FORWARD_TILES]: ["forward", "transposed"], [GRADIENT_TILES]: passes }],
  ["intel", 1, "64x64/4x4", all],
] as const)("on a GPU of %s", (vendor, unroll, largest, larger: Readonly<Record<string, readonly ConvPass[]>>) => {
  it.for([...ragged, ...large])("%s: all passes by rule", { timeout: 120_000 }, async (one) => {
    const problem = normalProblem(one);
    const exact = exactPasses(problem);
    for (const pass of passes) {
      const run = (): Promise<void> => asVendor(gpu(), vendor, () => expectWithin(gpu(), pass, "winograd", problem, exact[pass]));
      const tile = larger[one[0]]?.includes(pass) ? largest : "32x32";
      expect(await tilesRun(gpu(), run), pass).toEqual([`${tile} unroll ${unroll}`]);
    }
  });
});

it("amplifies rounding by what its matrices say", () => {
  const cell = (matrix: Matrix, row: number, column: number): number => matrix[row]?.[column] ?? Number.NaN;
  // They are the matrices of the method: output i of a window d is d[i] g[0] + d[i + 1] g[1] + d[i + 2] g[2].
  for (let i = 0; i < 4; i++) {
    for (let tap = 0; tap < 3; tap++) {
      for (let d = 0; d < 6; d++) {
        let sum = 0;
        for (let k = 0; k < 6; k++) sum += cell(At, i, k) * cell(G, k, tap) * cell(Bt, k, d);
        expect(sum).toBeCloseTo(d === i + tap ? 1 : 0, 12);
      }
    }
  }
  const squares = (row: readonly number[] = []): number => row.reduce((sum, value) => sum + value * value, 0);
  const column = (matrix: Matrix, k: number): number[] => matrix.map((row) => row[k] ?? Number.NaN);
  const over = (outputs: number, products: number, term: (output: number, k: number) => number): number =>
    Math.max(
      ...Array.from({ length: outputs }, (_, output) => {
        let variance = 0;
        for (let k = 0; k < 6; k++) variance += term(output, k);
        return variance / products;
      }),
    );
  const forward = over(4, 3, (i, k) => cell(At, i, k) ** 2 * squares(G[k]) * squares(Bt[k]));
  // Pixels d and d + 4 of neighbouring windows are the same: d = 4 joins 0, and 5 joins 1.
  const inWindow = (d: number, k: number): number => cell(Bt, k, d) ** 2 * squares(G[k]) * squares(column(At, k));
  const transposed = over(4, 3, (d, k) => inWindow(d, k) + (d < 2 ? inWindow(d + 4, k) : 0));
  const weightGrad = over(3, 4, (tap, k) => cell(G, k, tap) ** 2 * squares(column(At, k)) * squares(Bt[k]));
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
