import { describe, expect, test } from "vitest";
import type { Image } from "../../src/data/image.js";
import { wasserstein1 } from "../../src/metrics/level-distance.js";
import { laplacianPyramid, levelCount } from "../../src/metrics/laplacian-pyramid.js";
import { slicedWasserstein } from "../../src/metrics/sliced-wasserstein.js";
import { Random } from "../../src/random.js";
import { fixture, imagesOf } from "./fixture.js";

/** Discs of random colour and place on a sky of random brightness, with a fine grain. */
function pictures(count: number, side: number, seed: number, channels = 3): Image[] {
  return Array.from({ length: count }, (_, index) => {
    const random = new Random(seed).stream(`picture ${index}`);
    const [x0, y0, radius] = [random.uniform() * side, random.uniform() * side, (0.1 + 0.2 * random.uniform()) * side];
    const disc = Array.from({ length: channels }, () => 40 + 120 * random.uniform());
    const sky = 120 + 60 * random.uniform();
    const data = Uint8Array.from({ length: side * side * channels }, (__, at) => {
      const pixel = Math.floor(at / channels);
      const inside = Math.hypot((pixel % side) - x0, Math.floor(pixel / side) - y0) < radius;
      return Math.round((inside ? (disc[at % channels] ?? 0) : sky) + 20 * random.uniform());
    });
    return { width: side, height: side, channels, data };
  });
}

function mapped(images: readonly Image[], change: (value: number, index: number) => number): Image[] {
  return images.map((image) => ({ ...image, data: Uint8Array.from(new Uint8ClampedArray(image.data.map(change))) }));
}

function noisy(images: readonly Image[], amplitude: number): Image[] {
  const random = new Random(9);
  return images.map((image) => {
    const noise = random.normals(image.data.length);
    return { ...image, data: Uint8Array.from(Uint8ClampedArray.from(image.data, (v, i) => v + amplitude * (noise[i] ?? 0))) };
  });
}

/** The mean over a square of `2 radius + 1` pixels, edges repeated. */
function blurred(images: readonly Image[], radius: number): Image[] {
  return images.map((image) => {
    const { width, height, channels, data } = image;
    const at = (x: number, y: number, c: number): number => {
      const [column, row] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))];
      return data[(row * width + column) * channels + c] ?? 0;
    };
    const offsets = Array.from({ length: 2 * radius + 1 }, (_, index) => index - radius);
    const mean = (index: number): number => {
      const pixel = Math.floor(index / channels);
      const values = offsets.flatMap((dy) =>
        offsets.map((dx) => at((pixel % width) + dx, Math.floor(pixel / width) + dy, index % channels)),
      );
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    return { ...image, data: Uint8Array.from(data, (_, index) => Math.round(mean(index))) };
  });
}

const some = pictures(6, 32, 1);
const others = pictures(6, 32, 2);
const mean = (a: readonly Image[], b: readonly Image[]): number => slicedWasserstein(a, b).mean;

describe("against a plain transcription into numpy", () => {
  // Levels are kept in float32, 6e-8 of values up to 2, after two passes of 5 taps; channels deviate by 0.02 at least, so
  // a component is within 2e-5 and 10³ distances within 2e-2; they average out to far less.
  for (const { name, a, b, shared, own, ...settings } of fixture.sets) {
    for (const [normalise, expected] of [["shared", shared], ["own", own]] as const) {
      test(`${name}, normalised by ${normalise} deviations`, () => {
        const { levels, mean } = slicedWasserstein(imagesOf(a), imagesOf(b), { ...settings, normalise });
        expect(levels).toHaveLength(expected.length);
        for (const [level, value] of expected.entries()) {
          expect(Math.abs((levels[level]?.distance ?? NaN) - value)).toBeLessThan(2e-3);
        }
        expect(mean).toBeCloseTo(expected.reduce((sum, value) => sum + value, 0) / expected.length, 2);
      });
    }
  }
});

describe("what the distance sees", () => {
  test("nothing between equal sets, whatever their number", () => {
    expect(mean(some, some)).toBe(0);
    expect(mean(some.slice(0, 1), some.slice(0, 1))).toBe(0);
  });

  test("the same both ways, and the same bits again", () => {
    const there = slicedWasserstein(some, others);
    expect(mean(others, some)).toBe(there.mean);
    expect(slicedWasserstein(some, others)).toEqual(there);
    expect(slicedWasserstein(some, others, { seed: 1 }).mean).not.toBe(there.mean);
  });

  test.each([
    ["blur", (images: readonly Image[], much: number) => blurred(images, much), [1, 2]],
    ["noise", noisy, [10, 20, 40]],
    ["a shift of brightness", (images: readonly Image[], much: number) => mapped(images, (v) => v + much), [10, 20, 40]],
    ["a shift of red", (images: readonly Image[], much: number) => mapped(images, (v, i) => v + (i % 3 ? 0 : much)), [10, 20, 40]],
    ["lost contrast", (images: readonly Image[], much: number) => mapped(images, (v) => 128 + (v - 128) / much), [1.5, 3, 6]],
  ])("more of %s is farther", (_, change, amounts) => {
    const distances = [0, ...amounts.map((much) => mean(some, change(some, much)))];
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(new Set(distances).size).toBe(distances.length);
  });

  test("two samples of one kind are nearer than one sample and its negative", () => {
    expect(mean(some, others)).toBeLessThan(mean(some, mapped(others, (value) => 255 - value)) / 2);
  });

  test("the paper's own deviations see no shift of brightness", () => {
    const brighter = mapped(some, (value) => value + 30);
    const own = slicedWasserstein(some, brighter, { normalise: "own" }).mean;
    // Float32 means of about 0.1 on σ of about 0.3: parts in 10⁶ of 10³.
    expect(own).toBeLessThan(0.01);
    expect(mean(some, brighter)).toBeGreaterThan(100);
  });

  test("flat images of one colour are equal, of two are finitely far apart", () => {
    const flat = (level: number): Image[] => mapped(some, () => level);
    expect(mean(flat(90), flat(90))).toBe(0);
    expect(Number.isFinite(mean(flat(90), flat(200)))).toBe(true);
    expect(mean(flat(90), flat(200))).toBeGreaterThan(mean(flat(90), flat(100)));
  });
});

describe("sizes", () => {
  test.each([[7, 1], [16, 1], [31, 1], [32, 2], [64, 3], [256, 5], [1024, 7]])("%d pixels: %d levels", (side, levels) => {
    expect(levelCount(side)).toBe(levels);
  });

  test("32×32 has levels of 32 and 16; unequal counts and unlike sizes are compared", () => {
    const levels = slicedWasserstein(some, others.slice(0, 2)).levels.map(({ width, height }) => [width, height]);
    expect(levels).toEqual([[32, 32], [16, 16]]);
    expect(slicedWasserstein(some, pictures(2, 70, 3)).levels).toHaveLength(2);
    expect(slicedWasserstein(pictures(2, 70, 3), some).levels).toHaveLength(2);
  });

  test("sets that cannot be compared are refused", () => {
    expect(() => mean([], some)).toThrow(/expected at least one image, got none/);
    expect(() => mean(some, pictures(1, 32, 1, 1))).toThrow(/the same number of channels in both sets, got 3 and 1/);
    expect(() => mean([...some, ...pictures(1, 32, 1, 1)], some)).toThrow(/images of 3 channels, got one of 1/);
    expect(() => mean(pictures(1, 6, 1), some)).toThrow(/at least 7×7 pixels, got 6×6/);
  });
});

describe("parts", () => {
  test("the levels of a pyramid add up to the picture again, to rounding", () => {
    const flat = { width: 20, height: 33, channels: 1, data: new Float32Array(660).fill(0.3) };
    const [fine, coarse] = laplacianPyramid(flat, 2);
    // Weights sum to 1 everywhere, edges too: a flat picture has no fine structure.
    expect(Math.max(...(fine?.data ?? []).map(Math.abs))).toBeLessThan(1e-7);
    expect([coarse?.width, coarse?.height]).toEqual([10, 17]);
    for (const value of coarse?.data ?? []) expect(value).toBeCloseTo(0.3, 6);
  });

  test("Wasserstein-1 of unequal counts is the integral over quantiles", () => {
    expect(wasserstein1(Float32Array.of(0, 2), Float32Array.of(1, 5))).toBe(2);
    // On [0, 1/3] |0 − 1|, on [1/3, 1/2] |0 − 2|, on [1/2, 2/3] |4 − 2|, on [2/3, 1] |4 − 6|.
    expect(wasserstein1(Float32Array.of(0, 4), Float32Array.of(1, 2, 6))).toBeCloseTo(1 / 3 + 2 / 6 + 2 / 6 + 2 / 3, 12);
    expect(wasserstein1(Float32Array.of(3), Float32Array.of(1, 2, 6))).toBeCloseTo(2, 12);
  });
});
