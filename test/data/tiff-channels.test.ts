/** TIFF of several pages, planes and any number of channels. */
import sharp from "sharp";
import { describe, expect, it, test } from "vitest";
import { decodeImageBytes } from "../../src/data/decode.js";
import { encodeImageBytes } from "../../src/data/encode.js";
import type { DeepImage } from "../../src/data/image.js";
import { DataError } from "../../src/errors.js";
import { planarTiff, withTag, type TestPage } from "../support/planar-tiff.js";

const deep = { keepDepth: true } as const;
const [width, height] = [7, 5];
type Maker = (channels: number, page?: number) => TestPage;
const count = (channels: number): { length: number } => ({ length: width * height * channels });

const makers: Readonly<Record<string, Maker>> = {
  "8 bits": (channels, page = 0) => ({ width, height, channels, data: Uint8Array.from(count(channels), (_, at) => (at * 97 + page) % 256) }),
  "16 bits": (channels, page = 0) => ({ width, height, channels, data: Uint16Array.from(count(channels), (_, at) => (at * 9973 + page) % 65536) }),
  floats: (channels, page = 0) => ({ width, height, channels, data: Float32Array.from(count(channels), (_, at) => ((at * 37 + page) % 101) / 100) }),
  doubles: (channels, page = 0) => ({ width, height, channels, data: Float64Array.from(count(channels), (_, at) => ((at * 37 + page) % 101) / 100) }),
};

/** The samples of some pages with interleaved channels, as an image has them. */
function joined(pages: readonly TestPage[]): number[] {
  const pixels = Array.from({ length: width * height }, (_, pixel) =>
    pages.flatMap(({ channels, data }) => Array.from(data.slice(pixel * channels, (pixel + 1) * channels))),
  );
  return pixels.flat().map((value) => (pages[0]?.data instanceof Float64Array ? Math.fround(value) : value));
}

describe.each(Object.entries(makers))("a TIFF of %s", (_, make) => {
  it.each([false, true])("of any number of channels is read, in planes: %s", async (planar) => {
    for (const channels of [2, 4, 5, 16]) {
      const page = make(channels);
      const image = await decodeImageBytes(planarTiff([{ ...page, planar }]), "a.tif", channels, deep);
      expect(image).toMatchObject({ width, height, channels });
      expect(Array.from(image.data)).toEqual(joined([page]));
    }
  });

  it("has a channel, or a few, in each page", async () => {
    for (const [pages, channels] of [[5, 1], [3, 1], [2, 3], [4, 4]] as const) {
      const all = Array.from({ length: pages }, (__, page) => ({ ...make(channels, page), photometric: channels === 3 ? 2 : 1 }));
      const { data } = await decodeImageBytes(planarTiff(all), "a.tif", pages * channels, deep);
      expect(Array.from(data)).toEqual(joined(all));
    }
  });

  it("is written as it was read", async () => {
    for (const channels of [1, 3, 5]) {
      const image = await decodeImageBytes(planarTiff([make(channels)]), "a.tif", channels, deep);
      const again = await decodeImageBytes(await encodeImageBytes(image, "tiff"), "b.tif", channels, deep);
      expect(again).toEqual(image);
    }
  });
});

test.each([
  [Int8Array.of(-128, 0, 127, 5)],
  [Int16Array.of(-32768, 0, 32767, -5)],
  [Uint32Array.of(0, 4294967295, 5, 2 ** 31)],
  [Int32Array.of(-2147483648, 0, 2147483647, 5)],
  [Float64Array.of(0, 1, 0.25, 1 / 3)],
])("a TIFF of other numbers is read and written, %o", async (data) => {
  for (const channels of [1, 2]) {
    const image = await decodeImageBytes(planarTiff([{ width: 4 / channels, height: 1, channels, data }]), "a.tif", channels, deep);
    const [black, white] = image.stored?.range ?? [NaN, NaN];
    expect(Array.from(image.data)).toEqual(Array.from(data, (value) => Math.fround((value - black) / (white - black))));
    const again = await decodeImageBytes(await encodeImageBytes(image, "tiff"), "b.tif", channels, deep);
    expect(again).toEqual(image);
  }
});

test("a TIFF that is written is the same to sharp, in several strips", async () => {
  const data = Uint16Array.from({ length: 400 * 300 * 3 }, (_, at) => (at * 97) % 65536);
  const file = await encodeImageBytes({ width: 400, height: 300, channels: 3, data }, "tiff");
  const read = await sharp(file).toColourspace("rgb16").raw({ depth: "ushort" }).toBuffer();
  expect(Buffer.from(data.buffer).equals(read)).toBe(true);
  const alpha = new Uint8Array(4).fill(9);
  const transparent: DeepImage = { width: 2, height: 2, channels: 3, data: new Uint8Array(12).fill(200), alpha };
  expect(await decodeImageBytes(await encodeImageBytes(transparent, "tiff"), "a.tif", 3, { keepAlpha: true })).toEqual(transparent);
});

describe("a TIFF for gray or RGB", () => {
  it("of several pages gives its first, unless the pages are the channels", async () => {
    const pages = [0, 1, 2].map((page) => makers["8 bits"]?.(1, page) ?? { width, height, channels: 1, data: new Uint8Array() });
    const file = planarTiff(pages);
    expect(Array.from((await decodeImageBytes(file, "a.tif", 1)).data)).toEqual(joined(pages.slice(0, 1)));
    expect(Array.from((await decodeImageBytes(file, "a.tif", 3)).data)).toEqual(joined(pages));
    const two = planarTiff(pages.slice(0, 2));
    expect(Array.from((await decodeImageBytes(two, "a.tif", 3)).data)).toEqual(joined([...pages.slice(0, 1), ...pages.slice(0, 1), ...pages.slice(0, 1)]));
  });

  it("has a fourth sample that is opacity only if it says so", async () => {
    const page: TestPage = { width: 1, height: 1, channels: 4, data: Uint8Array.of(10, 20, 30, 0), photometric: 2 };
    const marked = planarTiff([{ ...page, extra: [2] }]);
    expect((await decodeImageBytes(marked, "a.tif", 3)).data).toEqual(Uint8Array.of(255, 255, 255));
    expect((await decodeImageBytes(marked, "a.tif", 4)).data).toEqual(page.data);
    const plain = planarTiff([{ ...page, extra: [0] }]);
    expect((await decodeImageBytes(plain, "a.tif", 4)).data).toEqual(page.data);
    await expect(decodeImageBytes(plain, "a.tif", 3)).rejects.toThrow(/^a\.tif: expected an image of 3 channels, got 4\./);
  });

  it("has opacity in a plane of its own", async () => {
    const page: TestPage = { width: 2, height: 1, channels: 2, data: Uint16Array.of(7000, 0, 9000, 65535), planar: true, extra: [2] };
    expect((await decodeImageBytes(planarTiff([page]), "a.tif", 1, deep)).data).toEqual(Uint16Array.of(65535, 9000));
  });

  it("does not count reduced images and masks as pages", async () => {
    const make: Maker = makers["8 bits"] ?? (() => { throw new Error("no maker"); });
    const pages = [make(1), make(1, 1), { ...make(1, 2), subfile: 1 }, { ...make(1, 3), subfile: 4 }];
    expect(Array.from((await decodeImageBytes(planarTiff(pages), "a.tif", 2)).data)).toEqual(joined(pages.slice(0, 2)));
  });
});

/** What sharp compresses, with a tag that makes it a TIFF of many channels, must give what sharp reads. */
describe("compressed samples", () => {
  const rgba = Uint8Array.from({ length: 45 * 37 * 4 }, (_, at) => (at * at * 31 + at * 7) % 256);
  const source = sharp(rgba, { raw: { width: 45, height: 37, channels: 4 } });
  const tiles = { tile: true, tileWidth: 32, tileHeight: 16 } as const;
  const ways = (["lzw", "deflate", "none", "packbits"] as const).flatMap((compression) => [{ compression }, { compression, ...tiles }]);

  it.each(ways)("%o of 8 and 16 bits, as differences and plain", async (way) => {
    for (const predictor of ["none", "horizontal"] as const) {
      const eight = await source.clone().tiff({ ...way, predictor }).toBuffer();
      expect((await decodeImageBytes(withTag(eight, 338, 0), "a.tif", 4)).data).toEqual(rgba);
      const sixteen = await source.clone().toColourspace("rgb16").tiff({ ...way, predictor }).toBuffer();
      const { data } = await decodeImageBytes(withTag(sixteen, 338, 0), "a.tif", 4, deep);
      const read = await sharp(sixteen).toColourspace("rgb16").raw({ depth: "ushort" }).toBuffer();
      expect(Buffer.from(data.buffer).equals(read)).toBe(true);
    }
  });

  it.each([{}, tiles])("of floats, whose bytes are apart, %o", async (way) => {
    const floats = await source.clone().removeAlpha().toColourspace("scrgb").tiff({ compression: "deflate", predictor: "float", ...way }).toBuffer();
    const read = await sharp(floats).toColourspace("scrgb").raw({ depth: "float" }).toBuffer();
    const values = new Float32Array(read.buffer, read.byteOffset, read.length / 4);
    const { data } = await decodeImageBytes(withTag(floats, 262, 1), "a.tif", 3, deep);
    expect(data).toEqual(values.map((value) => Math.min(1, Math.max(0, value))));
    expect(values.some((value) => value > 0.1)).toBe(true);
  });
});

describe("a file that cannot be read is refused by name", () => {
  const five: TestPage = { width, height, channels: 5, data: new Uint8Array(175) };
  const good = planarTiff([five]);

  test.each([
    ["of a compression of pictures", withTag(good, 259, 7), /got channels in compression 7\. Save it uncompressed or with deflate/],
    ["of a compression that sharp does not have", withTag(good, 259, 50000), /got channels in compression 50000/],
    ["with an orientation", planarTiff([{ ...five, orientation: 6 }]), /an orientation beside 5 channels/],
    ["with more channels than there can be", planarTiff([{ width: 1, height: 1, channels: 17, data: new Uint8Array(17) }]), /got 17 channels, more than 16/],
    ["with too many pixels", withTag(withTag(good, 256, 100_000), 257, 100_000), /100000×100000 pixels, more than the limit/],
    ["of no pixels", withTag(good, 256, 0), /a size of 0×5/],
    ["with strips that are not there", withTag(good, 273, 1_000_000), /expected a readable image/],
    ["cut off", good.subarray(0, good.length - 60), /expected a readable image/],
  ])("%s", async (_, file, message) => {
    const decoding = decodeImageBytes(file, "odd.tif", 5);
    await expect(decoding).rejects.toThrow(DataError);
    await expect(decoding).rejects.toThrow(message);
    await expect(decoding).rejects.toThrow(/^odd\.tif: /);
  });

  it("with a name of its channels if these are too few", async () => {
    const pages = Array.from({ length: 3 }, () => ({ ...five, channels: 1, data: new Uint8Array(35) }));
    await expect(decodeImageBytes(planarTiff(pages), "few.tif", 5)).rejects.toThrow(/^few\.tif: expected an image of 5 channels, got 3\./);
  });
});
