import { expect, test } from "vitest";
import { cosSinOfTurn, minusLogComplement } from "../src/elementary.js";
import { Random } from "../src/random.js";

const TWO_32 = 2 ** 32;
const random = new Random(5);
/** The ends, what lies beside quarters and eighths of a turn and beside √½, and words between. */
const words = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((eighth) => [-1, 0, 1].map((step) => eighth * 2 ** 29 + step)),
  ...[-1, 0, 1, 2].map((step) => Math.floor(TWO_32 * (1 - Math.SQRT1_2)) + step),
  ...Array.from({ length: 20_000 }, () => random.nextWord()),
].filter((word) => word >= 0 && word < TWO_32);

test("minusLogComplement is −ln(1 − word / 2³²), relatively within 8 roundings", () => {
  const off = words.filter((word) => {
    const expected = -Math.log1p(-word / TWO_32);
    return Math.abs(minusLogComplement(word) - expected) > 8 * 2 ** -53 * expected;
  });
  expect(off).toEqual([]);
  expect([0, 2 ** 31, TWO_32 - 1].map(minusLogComplement)).toEqual([0, Math.LN2, 32 * Math.LN2]);
});

test("cosSinOfTurn is cos and sin of 2π · word / 2³², within the rounding of the angle and two more", () => {
  const circle = new Float64Array(2);
  const off = words.filter((word) => {
    const angle = 2 * Math.PI * (word / TWO_32);
    cosSinOfTurn(word, circle);
    // The angle that is compared with is up to 2π and rounded twice; here none beyond π/4 is.
    return Math.max(Math.abs((circle[0] ?? 9) - Math.cos(angle)), Math.abs((circle[1] ?? 9) - Math.sin(angle))) > (4 * Math.PI + 2) * 2 ** -53;
  });
  expect(off).toEqual([]);
  for (const [quarter, expected] of [[1, 0], [0, 1], [-1, 0], [0, -1]].entries()) {
    cosSinOfTurn(quarter * 2 ** 30, circle);
    expect([...circle].map((value) => value + 0)).toEqual(expected);
  }
});
