import { expect, test } from "vitest";
import { isBetter } from "../../src/optim/better.js";

test("lower is better by default, and of equal values neither is", () => {
  expect([isBetter(1, 2), isBetter(2, 1), isBetter(1, 1)]).toEqual([true, false, false]);
  expect([isBetter(1, 2, "higher"), isBetter(2, 1, "higher"), isBetter(1, 1, "higher")]).toEqual([false, true, false]);
});
