import { describe, expect, it } from "vitest";
import type { Image } from "../../src/data/image.js";
import type { Preprocess } from "../../src/data/transform.js";
import {
  batchToImages,
  centered,
  cropAndFlip,
  drawChoices,
  halfOf,
  imageToBatch,
  resizeForCrop,
  resizedSize,
} from "../../src/data/transform.js";
import { DataError } from "../../src/errors.js";
import { Random } from "../../src/random.js";

const options = (preprocess: Preprocess, loadSize = 286, cropSize = 256) => ({ preprocess, loadSize, cropSize });
const ramp = (width: number, height: number): Image => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, index) => index),
});
const levels = (data: Float32Array): number[] => Array.from(data, (value) => Math.round((value + 1) * 127.5));

describe("resizedSize", () => {
  it("ignores the aspect ratio in resize_and_crop and leaves crop alone", () => {
    expect(resizedSize(500, 100, options("resize_and_crop"))).toEqual([286, 286]);
    expect(resizedSize(500, 301, options("crop"))).toEqual([500, 301]);
  });

  it("scales to the width, keeps the crop's height as the least, and truncates", () => {
    expect(resizedSize(1000, 999, options("scale_width_and_crop"))).toEqual([286, 285]);
    expect(resizedSize(1000, 100, options("scale_width_and_crop"))).toEqual([286, 256]);
  });

  it("rounds to multiples of 4 where no crop follows, ties to the even factor, never to 0", () => {
    expect(resizedSize(10, 14, options("none"))).toEqual([8, 16]);
    expect(resizedSize(13, 15, options("none"))).toEqual([12, 16]);
    expect(resizedSize(1, 1, options("none"))).toEqual([4, 4]);
    expect(resizedSize(1000, 999, options("scale_width", 286, 64))).toEqual([288, 284]);
  });
});

describe("cropAndFlip", () => {
  it("cuts the chosen square out of the free range, whose ends are both reachable", () => {
    const image = ramp(4, 3);
    const cut = (cropX: number, cropY: number, flip = false) =>
      levels(cropAndFlip(image, options("crop", 0, 2), { cropX, cropY, flip }).data);
    expect(cut(0, 0)).toEqual([0, 1, 4, 5]);
    expect(cut(0.9999, 0.9999)).toEqual([6, 7, 10, 11]);
    expect(cut(0, 0, true)).toEqual([1, 0, 5, 4]);
  });

  it("maps 0 … 255 onto −1 … 1 and back without loss", () => {
    const image = ramp(16, 16);
    const batch = cropAndFlip(image, options("none"), centered);
    expect([batch.data[0], batch.data[255]]).toEqual([-1, 1]);
    expect(batchToImages(batch)[0]).toEqual(image);
    expect(imageToBatch(image)).toEqual(batch);
  });

  it("rounds and clips on the way to 8 bits", () => {
    const data = Float32Array.of(-3, 0.6 / 127.5 - 1, 0.4 / 127.5 - 1, 3);
    expect(Array.from(batchToImages({ shape: [1, 2, 2, 1], data })[0]?.data ?? [])).toEqual([0, 1, 0, 255]);
  });
});

describe("resizeForCrop", () => {
  it("names the file, both sizes and the way out when the crop is larger than the image", () => {
    const tooSmall = () => resizeForCrop(ramp(4, 3), options("crop", 0, 256), "trainA/tiny.png");
    expect(tooSmall).toThrow(DataError);
    expect(tooSmall).toThrow(/trainA\/tiny\.png: .*256×256.*got 4×3\. .*--crop-size/);
  });
});

describe("drawChoices", () => {
  it("draws the same positions with and without mirroring, and mirrors about half", () => {
    const draw = (flip: boolean) => {
      const random = new Random(5);
      return Array.from({ length: 400 }, () => drawChoices(random, flip));
    };
    expect(draw(false).map(({ cropX }) => cropX)).toEqual(draw(true).map(({ cropX }) => cropX));
    expect(draw(false).some(({ flip }) => flip)).toBe(false);
    const mirrored = draw(true).filter(({ flip }) => flip).length;
    expect(mirrored).toBeGreaterThan(160);
    expect(mirrored).toBeLessThan(240);
  });
});

describe("halfOf", () => {
  const strip = { width: 3, height: 1, channels: 1 as const, data: Uint8Array.of(1, 2, 3) };

  it("takes the left or the right columns, and neither takes the middle one", () => {
    expect(halfOf(strip, "left", "a.png").data).toEqual(Uint8Array.of(1));
    expect(halfOf(strip, "right", "a.png").data).toEqual(Uint8Array.of(3));
  });

  it("refuses an image of one column by its name", () => {
    const thin = { ...strip, width: 1, height: 3 };
    expect(() => halfOf(thin, "left", "a.png")).toThrow(
      new DataError("a.png: expected a pair of images side by side, got an image that is 1 pixel wide."),
    );
  });
});
