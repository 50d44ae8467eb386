/** Masks: what is inside, and what keeps its value. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeImageBytes } from "../../src/data/decode.js";
import { encodeImage, encodeImageBytes } from "../../src/data/encode.js";
import type { DeepImage, Image } from "../../src/data/image.js";
import { checkMaskSize, decodeMask, keepOutside } from "../../src/data/mask.js";
import { npyHeader, npySamples } from "../../src/data/npy.js";
import { samplesOf } from "../../src/data/transform.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();
const gray = (...values: readonly number[]): Image => ({ width: values.length, height: 1, channels: 1, data: Uint8Array.from(values) });

describe("a mask", () => {
  it.each([
    [gray(0, 255, 0), [0, 255, 0]],
    [gray(0, 1, 0), [0, 255, 0]],
    [gray(0, 127, 128, 255), [0, 0, 255, 255]],
    [gray(0, 0), [0, 0]],
    [{ ...gray(0, 1, 2), data: Float32Array.of(0, 0.4, 1) }, [0, 0, 255]],
    [{ ...gray(0, 1), data: Uint16Array.of(300, 65535) }, [0, 255]],
    [{ width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 255, 255, 0, 0, 0) }, [255, 0]],
  ] as const)("of %o is inside from half of its largest value on", async (image, inside) => {
    const path = join(folder, "mask.npy");
    await encodeImage(path, image);
    expect(Array.from((await decodeMask(path)).data)).toEqual(inside);
  });

  it("of another size is refused by the names of both", () => {
    expect(() => checkMaskSize(gray(1, 2), gray(1, 2, 3), "a.png", "masks/a.png")).toThrow("a.png: expected a mask of 2×1 pixels, got 3×1 in masks/a.png. Resize the mask.");
  });
});

describe("outside of a mask, a translation has the pixels of its original", () => {
  const mask = gray(255, 0, 255, 0);

  it.each([Uint8Array, Uint16Array, Float32Array])("of %o, all channels of them", (array) => {
    const image = (start: number): DeepImage => ({ width: 4, height: 1, channels: 2, data: array.from({ length: 8 } as ArrayLike<number>).map((_, at) => (start + at) % 256) });
    const [translation, original] = [image(100), image(0)];
    expect(Array.from(keepOutside(translation, original, mask).data)).toEqual([100, 101, 2, 3, 104, 105, 6, 7]);
  });

  /** The samples of a .npy file after a translation that makes everything white, outside of the mask. */
  async function masked(values: Int16Array | Float32Array | Float64Array, range: "auto" | readonly [number, number]): Promise<number[]> {
    const stored = await encodeImageBytes({ width: 4, height: 1, channels: 1, data: new Float32Array(4), stored: { type: typeName(values), range: [0, 1], values } }, "npy");
    const original = await decodeImageBytes(stored, "a.npy", 1, { keepDepth: true, keepValues: true, valueRange: range });
    const { values: _, ...plain } = original.stored ?? { type: "float", range: [0, 1] };
    const translation = { ...original, data: samplesOf(new Float32Array(4).fill(1), original.data), stored: plain } as const;
    const file = Buffer.from(await encodeImageBytes(keepOutside(translation, original, mask), "npy"));
    const samples = npySamples(file, npyHeader(file));
    expect(samples.constructor).toBe(values.constructor);
    return Array.from(samples);
  }
  const typeName = (values: Int16Array | Float32Array | Float64Array) => (values instanceof Int16Array ? "short" : values instanceof Float32Array ? "float" : "double");

  it("also where these are beyond the range, or finer than a float", async () => {
    expect(await masked(Int16Array.of(-1000, -2000, 0, 7), [-1000, 3000])).toEqual([3000, -2000, 3000, 7]);
    expect(await masked(Float32Array.of(0, -5, 0, 0.1), "auto")).toEqual([1, -5, 1, Math.fround(0.1)]);
    expect(await masked(Float64Array.of(0, 1 / 3, 0, 1e-300), "auto")).toEqual([1, 1 / 3, 1, 1e-300]);
  });
});
