import { beforeAll, describe, expect, it } from "vitest";
import { choosePlan, chooseProductTile, tiles } from "../../../src/ops/conv/tile.js";
import { convVariants } from "../../../src/ops/conv/variants.js";
import { expectExact } from "../../support/conv-checks.js";
import { exactPasses, passes, wholeProblem, type ConvSizes } from "../../support/conv-problem.js";
import { asVendor, useGpu } from "../../support/device.js";
import { tilesRun } from "../../support/tiles-run.js";

const gpu = useGpu({ guarded: true });

// What hardware is given, whatever adapter this is.
beforeAll(() => {
  Object.defineProperty(gpu(), "isCpu", { value: false });
});

const SPLIT = "a depth of 540 or more in all passes, which is split";

const sizes: readonly ConvSizes[] = [
  ["one pixel, one vec4", [1, 1, 1, 4], [1, 1, 4], {}],
  ["several taps in a slice of the depth", [1, 5, 7, 4], [3, 3, 20], { padding: 1 }],
  ["taps that begin inside a slice", [2, 4, 5, 12], [3, 3, 36], { padding: 1 }],
  ["several tiles of pixels and of channels, both ragged", [2, 11, 13, 16], [1, 1, 140], {}],
  ["several tiles of inputs, ragged", [1, 3, 3, 60], [3, 3, 8], { padding: 1 }],
  [SPLIT, [1, 23, 24, 60], [3, 3, 60], { padding: 1 }],
  ["reflection, a residual block's layer", [2, 5, 6, 16], [3, 3, 16], { padding: 1, reflect: true }],
  ["reflection as wide as allowed", [1, 4, 3, 4], [5, 5, 8], { padding: 2, reflect: true }],
  ["stride 2, phases of 4, 2, 2 and 1 taps", [2, 7, 10, 16], [3, 3, 32], { stride: 2, padding: 1 }],
  ["4×4 stride 2, a discriminator's layer", [1, 8, 6, 20], [4, 4, 36], { stride: 2, padding: 1 }],
  ["stride 3 with phases of no tap", [1, 8, 8, 8], [2, 2, 12], { stride: 3 }],
  ["padding wider than the image", [1, 2, 3, 4], [7, 7, 4], { padding: 3 }],
];

/** One of each kind: ragged ends, reflection, stride phases, splits. */
const VENDOR_SIZES: readonly string[] = [
  "taps that begin inside a slice",
  "reflection as wide as allowed",
  "stride 2, phases of 4, 2, 2 and 1 taps",
  SPLIT,
];

const names = Object.keys(convVariants.forward).filter((name) => name.startsWith("tiled/"));
const cases = sizes.flatMap((one) =>
  // A transposed pass is given the padded geometry and folds its result.
  passes.filter((pass) => pass !== "transposed" || !one[3].reflect).map((pass) => ({ name: one[0], pass, one })),
);

// The first case of a pass compiles five kernels, which takes a software adapter half a minute.
it.each(cases)("$pass, $name: every tile computes the exact sums", { timeout: 180_000 }, async ({ pass, one }) => {
  const problem = wholeProblem(one);
  const exact = exactPasses(problem)[pass];
  for (const variant of [...names, "tiled"]) {
    const { dispatches } = gpu().stats;
    await expectExact(gpu(), pass, variant, problem, exact);
    if (one[0] === SPLIT) expect(gpu().stats.dispatches - dispatches, "the product, and the sum of its splits").toBe(2);
  }
});

describe.each([
  ["nvidia", 4],
  ["apple", 1],
  ["intel", 1],
  ["amd", 4],
] as const)("on a GPU of %s", (vendor, unroll) => {
  const some = cases.filter(({ one }) => VENDOR_SIZES.includes(one[0]));

  it.each(some)("$pass, $name: the tile by rule computes the exact sums", { timeout: 180_000 }, async ({ pass, one }) => {
    const problem = wholeProblem(one);
    const exact = exactPasses(problem)[pass];
    const run = (): Promise<void> => asVendor(gpu(), vendor, () => expectExact(gpu(), pass, "tiled", problem, exact));
    expect(await tilesRun(gpu(), run)).toEqual([`32x32 unroll ${unroll}`]);
  });
});

describe("the tile by rule", () => {
  const wide = { rows: 65_536, columns: 256, depth: 2304, count: 1 };
  const narrow = { ...wide, columns: 20 };
  const small = { rows: 64, columns: 64, depth: 64, count: 1 };

  it.each([
    ["nvidia", ["64x64", "64x32", "32x32"], ["64x64/4x8", "32x32"]],
    ["apple", ["64x64/4x8", "64x32", "32x32"], ["64x64/4x8", "32x32"]],
    ["intel", ["64x64/4x4", "32x32", "32x32"], ["64x64/4x4", "32x32"]],
    ["amd rdna-3", ["128x128", "64x32", "32x32"], ["128x128", "32x32"]],
    ["amd gcn-5", ["64x128/4x8", "64x32", "32x32"], ["64x128/4x8", "32x32"]],
    ["another", ["128x64", "64x32", "32x32"], ["128x64", "32x32"]],
  ] as const)("of %s", async (vendor, byRule, ofProducts) => {
    const chosen = await asVendor(gpu(), vendor, async () => ({
      byRule: [wide, narrow, small].map((product) => choosePlan(gpu(), product).tile),
      ofProducts: [wide, small].map((product) => chooseProductTile(gpu(), product)),
    }));
    expect(chosen).toEqual({ byRule: byRule.map((name) => tiles[name]), ofProducts: ofProducts.map((name) => tiles[name]) });
  });
});
