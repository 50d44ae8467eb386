import { describe, expect, it } from "vitest";
import { philox, Random } from "../src/random.js";

describe("philox", () => {
  // Known answers published with the reference implementation, Random123, for philox4x32 with 10 rounds.
  it.each([
    [[0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)("of counter %j and key %j", (counter, key, expected) => {
    expect(philox(counter, key)).toEqual(expected);
  });
});

describe("Random", () => {
  it("continues exactly from its state", () => {
    const random = new Random(12);
    for (let i = 0; i < 5; i++) random.uniform();
    const copy = new Random(random.state);
    expect(Array.from({ length: 8 }, () => copy.nextWord())).toEqual(Array.from({ length: 8 }, () => random.nextWord()));
  });

  it("has streams that do not depend on where their parent stands, and differ by name and seed", () => {
    const random = new Random(12);
    const first = random.stream("a").nextWord();
    random.uniform();
    expect(random.stream("a").nextWord()).toBe(first);
    expect(random.stream("b").nextWord()).not.toBe(first);
    expect(new Random(13).stream("a").nextWord()).not.toBe(first);
  });

  it("is uniform and normal in its moments", () => {
    const random = new Random(1);
    const n = 20_000;
    const uniforms = Array.from({ length: n }, () => random.uniform());
    const normals = [...random.normals(n)];
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
    // Five standard errors: uniform 1/sqrt(12 n), normal 1/sqrt(n), and sqrt(2/n) for its variance.
    expect(Math.abs(mean(uniforms) - 0.5)).toBeLessThan(5 / Math.sqrt(12 * n));
    expect(Math.abs(mean(normals))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(mean(normals.map((value) => value ** 2)) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  });

  it("draws as many normal numbers as asked for, the first the same however many", () => {
    const [three, ten] = [new Random(5).normals(3), new Random(5).normals(10)];
    expect(three).toHaveLength(3);
    expect([...ten.subarray(0, 3)]).toEqual([...three]);
  });

  it("permutes: every number once, and not in order", () => {
    const order = new Random(3).permutation(50);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(order).not.toEqual(Array.from({ length: 50 }, (_, i) => i));
  });
});
