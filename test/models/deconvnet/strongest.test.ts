import { expect, test } from "vitest";
import { Strongest } from "../../../src/models/deconvnet/strongest.js";

function filled(): Strongest {
  const strongest = new Strongest(2);
  for (const [image, values] of [[1, 0, -3], [5, 0, -1], [3, 0, -2], [5, 0, -9]].entries()) strongest.add(image, Float32Array.from(values));
  return strongest;
}

test("the largest values of each channel are kept, the earlier of equal ones first, and never a 0", () => {
  expect(filled().channels()).toEqual([
    { channel: 0, candidates: [{ image: 1, activation: 5 }, { image: 3, activation: 5 }] },
    { channel: 1, candidates: [] },
    { channel: 2, candidates: [{ image: 1, activation: -1 }, { image: 2, activation: -2 }] },
  ]);
});

test("the most active channels come first, without those that nothing activates", () => {
  expect(filled().mostActive(3).map(({ channel }) => channel)).toEqual([0, 2]);
  expect(filled().mostActive(1).map(({ channel }) => channel)).toEqual([0]);
});
