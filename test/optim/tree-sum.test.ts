/** The order of additions in a sum that several processes share. */
import { expect, test } from "vitest";
import { TreeSum } from "../../src/optim/tree-sum.js";

const written = (): TreeSum<string> => new TreeSum((a, b) => `(${a} + ${b})`);

function sumOf(terms: number, processes: number): string {
  const share = terms / processes;
  const all = written();
  for (let process = 0; process < processes; process++) {
    const own = written();
    for (let index = process * share; index < (process + 1) * share; index++) own.add({ start: index, size: 1, sum: String(index) });
    for (const block of own.blocks) all.add(block);
  }
  return all.total();
}

test.each([
  [1, "0"],
  [3, "((0 + 1) + 2)"],
  [4, "((0 + 1) + (2 + 3))"],
  [7, "(((0 + 1) + (2 + 3)) + ((4 + 5) + 6))"],
] as const)("%i terms are added as %s", (terms, tree) => {
  expect(sumOf(terms, 1)).toBe(tree);
});

test("every addition is the same however many processes share the terms", () => {
  for (let terms = 1; terms <= 24; terms++) {
    const single = sumOf(terms, 1);
    for (let processes = 2; processes <= terms; processes++) if (terms % processes === 0) expect(sumOf(terms, processes)).toBe(single);
  }
});

test("there are at most log2(n) + 1 sums at a time", () => {
  const sum = written();
  for (let index = 0; index < 64; index++) {
    sum.add({ start: index, size: 1, sum: "" });
    expect(sum.blocks.length).toBeLessThanOrEqual(Math.log2(index + 1) + 1);
  }
});

test("nothing has no sum", () => {
  expect(() => written().total()).toThrow("a sum has at least one term");
});
