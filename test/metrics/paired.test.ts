import { describe, expect, test } from "vitest";
import type { Image } from "../../src/data/image.js";
import { meanAbsoluteDistance, psnr } from "../../src/metrics/pixel-error.js";
import { pairedFigures } from "../../src/metrics/paired.js";
import { ssim } from "../../src/metrics/ssim.js";
import { Random } from "../../src/random.js";
import { bytes, fixture } from "./fixture.js";

function gray(...levels: number[]): Image {
  return { width: levels.length, height: 1, channels: 1, data: Uint8Array.from(levels) };
}

function flat(level: number, side: number): Image {
  return { width: side, height: side, channels: 1, data: new Uint8Array(side * side).fill(level) };
}

describe("against scikit-image", () => {
  for (const { size, how, a, b, ...expected } of fixture.pairs) {
    const [width, height, channels] = size;
    const pair = [a, b].map((data): Image => ({ width, height, channels, data: bytes(data) })) as [Image, Image];
    // Both sides compute in float64; 255⁴ · 2⁻⁵² is 1e-6 of the square of a level, and C₂ = 58 holds the quotient.
    test(`SSIM of ${size.join("×")}, ${how}`, () => expect(Math.abs(ssim(...pair) - expected.ssim)).toBeLessThan(1e-6));
    test(`PSNR of ${size.join("×")}, ${how}`, () => expect(Math.abs(psnr(...pair) - expected.psnr)).toBeLessThan(1e-6));
  }
});

describe("known values", () => {
  test("mean |a − b|: black against white is 2, equal images are 0", () => {
    expect(meanAbsoluteDistance(gray(0, 0), gray(255, 255))).toBe(2);
    expect(meanAbsoluteDistance(gray(7, 9), gray(7, 9))).toBe(0);
    expect(meanAbsoluteDistance(gray(0, 10), gray(51, 10))).toBeCloseTo(0.2, 12);
  });

  test("PSNR: black against white is 0 dB, a tenth of that difference 20 dB, equal images infinite", () => {
    expect(psnr(gray(0), gray(255))).toBe(0);
    expect(psnr(gray(0, 30), gray(25.5 * 2, 30 + 25.5 * 2))).toBeCloseTo(20 - 20 * Math.log10(2), 12);
    expect(psnr(gray(3), gray(3))).toBe(Infinity);
  });

  test("SSIM: equal images are 1; of flat ones only the brightness counts", () => {
    expect(ssim(flat(9, 11), flat(9, 11))).toBeCloseTo(1, 12);
    const c1 = 2.55 ** 2;
    expect(ssim(flat(50, 12), flat(100, 12))).toBeCloseTo((2 * 5000 + c1) / (2500 + 10_000 + c1), 10);
  });
});

test("of an image with a mask, only what is inside counts, and a pair without anything inside is left out", () => {
  const side = 13;
  const noisy = (seed: number): Image => {
    const random = new Random(seed);
    return { width: side, height: side, channels: 3, data: Uint8Array.from({ length: side * side * 3 }, () => random.integer(256)) };
  };
  const [a, b] = [noisy(1), noisy(2)];
  const mask = Float32Array.from({ length: side * side }, (_, at) => (at % side < 6 ? 1 : 0));
  const inside = Array.from(a.data.keys()).filter((at) => mask[Math.floor(at / 3)] === 1);
  const mean = (f: (difference: number) => number): number => inside.reduce((sum, at) => sum + f(a.data[at]! - b.data[at]!), 0) / inside.length;
  expect(meanAbsoluteDistance({ ...a, mask }, b)).toBeCloseTo(mean(Math.abs) / 127.5, 12);
  expect(psnr({ ...a, mask }, b)).toBeCloseTo(10 * Math.log10(255 ** 2 / mean((d) => d ** 2)), 12);
  // Windows of 11 pixels have their middles in columns 5 to 7, of which column 5 is inside.
  const columns = ({ data, ...size }: Image): Image => ({ ...size, width: 11, data: data.filter((_, at) => Math.floor(at / 3) % side < 11) });
  expect(ssim({ ...a, mask }, b)).toBeCloseTo(ssim(columns(a), columns(b)), 12);
  const none = new Float32Array(side * side);
  expect(pairedFigures([[{ ...a, mask }, b], [{ ...b, mask: none }, a]])).toEqual(pairedFigures([[{ ...a, mask }, b]]));
});

test("images that cannot be compared are refused", () => {
  for (const metric of [meanAbsoluteDistance, psnr, ssim]) {
    expect(() => metric(gray(1), gray(1, 2))).toThrow(/expected images of one size, got 1×1×1 and 2×1×1/);
  }
  expect(() => ssim(flat(0, 10), flat(0, 10))).toThrow(/at least 11×11 pixels, got 10×10/);
});
