import { describe, expect, it } from "vitest";
import { describeLinearity, linearityOf, proportional, type Cost } from "../../bench/linearity.js";

function costs(totals: readonly number[], fixed = 0): Cost[] {
  return totals.map((total, at) => ({ label: `${at + 1}`, work: at + 1, fixed, total }));
}

describe("linearityOf", () => {
  it("finds that a cost in proportion to the work is linear from the first size on", () => {
    const { deviations, from, within } = linearityOf(costs([5, 10, 15]));
    expect(deviations).toEqual([0, 0, 0]);
    expect([from, within]).toEqual(["1", 0]);
  });

  it("subtracts the fixed part first", () => {
    expect(linearityOf(costs([107, 114, 121], 100)).within).toBe(0);
  });

  it("computes a deviation relative to the whole cost", () => {
    // Without the fixed 90, a unit costs 20, then 10. So the first cost is 110, and 100 would be in proportion.
    expect(linearityOf(costs([110, 110], 90)).deviations).toEqual([110 / 100 - 1, 0]);
  });

  it("leaves out small sizes that do not fill the device", () => {
    // Per unit of work: 4, 1.05, 0.95; the last two are 5 % from their mean of 1.
    const { from, within } = linearityOf(costs([4, 2.1, 2.85]));
    expect(from).toBe("2");
    expect(within).toBeCloseTo(0.05, 12);
  });

  it("finds no linear size if even the two largest differ by more than 10 %", () => {
    // Per unit of work: 1, 2, 3; the last two are 20 % from their mean of 2.5.
    const linearity = linearityOf(costs([1, 4, 9]));
    expect(linearity.from).toBeUndefined();
    expect(describeLinearity(linearity)).toBe("not linear: the two largest are up to 20.0 % off");
  });

  it("computes deviations relative to the largest size", () => {
    expect(linearityOf(costs([2, 2])).deviations).toEqual([1, 0]);
  });
});

describe("proportional", () => {
  it("scales the largest down and keeps each fixed part", () => {
    expect(proportional(costs([50, 50, 40], 10))).toEqual([20, 30, 40]);
  });
});
