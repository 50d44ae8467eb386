import { describe, expect, it } from "vitest";
import { reduceRows } from "../../../src/ops/lib/reduce-rows.js";
import { Random } from "../../../src/random.js";
import { Tensor } from "../../../src/tensor/tensor.js";
import { readGuarded, useGpu } from "../../support/device.js";

const gpu = useGpu({ guarded: true });

const kinds = [
  { kind: "a CPU adapter", isCpu: true },
  { kind: "a GPU", isCpu: false },
] as const;

/** What is summed, and in how many dispatches on a CPU adapter and on a GPU. */
const cases = [
  { groups: 1, rows: 1, columns: 8, dispatches: [1, 1] },
  { groups: 3, rows: 16, columns: 12, dispatches: [1, 1] },
  { groups: 1, rows: 17, columns: 1, dispatches: [1, 1] },
  { groups: 2, rows: 100, columns: 3, dispatches: [1, 1] },
  { groups: 1, rows: 171, columns: 2 * 64, dispatches: [1, 1] },
  { groups: 2, rows: 300, columns: 7 * 4, dispatches: [2, 1] },
  { groups: 1, rows: 1800, columns: 1, dispatches: [2, 1] },
  { groups: 1, rows: 20, columns: 4 * 4096, dispatches: [1, 1] },
  { groups: 1, rows: 5000, columns: 3, dispatches: [2, 2] },
  { groups: 2, rows: 1100, columns: 17 * 4, dispatches: [2, 2] },
] as const;

describe.each(kinds)("on $kind", ({ isCpu }) => {
  it.each(cases)("$groups × $rows × $columns: exact sums, written or added", async ({ groups, rows, columns, dispatches }) => {
    Object.defineProperty(gpu(), "isCpu", { value: isCpu });
    using scope = gpu().scope("sums of rows");
    const random = new Random(1);
    // Whole numbers, whose sums float32 holds exactly in any order.
    const values = Float32Array.from({ length: groups * rows * columns }, () => random.integer(15) - 7);
    const sums = new Float32Array(groups * columns);
    for (const [i, value] of values.entries()) {
      sums[Math.floor(i / (rows * columns)) * columns + (i % columns)]! += value;
    }
    const x = Tensor.from(gpu(), [groups, rows, columns], values, scope.name);
    const y = Tensor.empty(gpu(), [groups, columns], "y");
    const before = gpu().stats.dispatches;
    reduceRows(gpu(), x, y, { groups, rows, columns });
    expect(gpu().stats.dispatches - before).toBe(dispatches[isCpu ? 0 : 1]);
    expect(await readGuarded(y)).toEqual(sums);
    reduceRows(gpu(), x, y, { groups, rows, columns, adds: true });
    expect(await readGuarded(y)).toEqual(sums.map((sum) => 2 * sum));
  });
});
