import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImageBytes, decodeImage } from "../../src/data/decode.js";
import { encodeImageBytes, encodeImage, encodePng } from "../../src/data/encode.js";
import { DataError } from "../../src/errors.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();

async function decode(name: string, bytes: Uint8Array, channels = 3): Promise<[number, number, number[]]> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const image = await decodeImage(path, channels);
  expect(image.channels).toBe(channels);
  expect(image.data.length).toBe(image.width * image.height * channels);
  return [image.width, image.height, Array.from(image.data)];
}

/** A 2×1 picture, red and blue. */
const redBlue = { width: 2, height: 1, channels: 3 as const, data: Uint8Array.of(255, 0, 0, 0, 0, 255) };
const raw = (pixels: ArrayLike<number>, width: number, height: number, channels: 1 | 2 | 3 | 4) =>
  sharp(Uint8Array.from(pixels), { raw: { width, height, channels } });
const near = (actual: number[], expected: number[], tolerance: number): void => {
  expect(actual.length).toBe(expected.length);
  const worst = Math.max(...expected.map((value, index) => Math.abs((actual[index] ?? NaN) - value)));
  expect(worst).toBeLessThanOrEqual(tolerance);
};

describe("decodeImage", () => {
  it("reads what encodePng writes, RGB, gray and 1×1", async () => {
    expect(await decode("rgb.png", encodePng(redBlue))).toEqual([2, 1, Array.from(redBlue.data)]);
    const gray = { width: 3, height: 1, channels: 1 as const, data: Uint8Array.of(0, 100, 255) };
    expect(await decode("gray.png", encodePng(gray), 1)).toEqual([3, 1, [0, 100, 255]]);
    const dot = { width: 1, height: 1, channels: 3 as const, data: Uint8Array.of(1, 2, 3) };
    expect(await decode("dot.png", encodePng(dot))).toEqual([1, 1, [1, 2, 3]]);
  });

  it("turns colour into the luma of Pillow and gray into equal channels", async () => {
    expect(await decode("luma.png", encodePng(redBlue), 1)).toEqual([2, 1, [76, 29]]);
    const gray = await raw([9, 200], 2, 1, 1).toColourspace("b-w").png().toBuffer();
    expect(await decode("gray3.png", gray)).toEqual([2, 1, [9, 9, 9, 200, 200, 200]]);
  });

  it("rounds 16 bits instead of dropping the lower eight, in PNG and TIFF", async () => {
    const values = Uint16Array.of(0, 128, 129, 0x80ff, 0xfe80, 65535);
    const expected = Array.from(values, (value) => Math.round(value / 257));
    const png = new PNG({ width: 6, height: 1 });
    png.data = Buffer.from(values.buffer);
    const bytes = PNG.sync.write(png, { bitDepth: 16, colorType: 0, inputColorType: 0, inputHasAlpha: false });
    expect(await decode("deep.png", bytes, 1)).toEqual([6, 1, expected]);
    const wide = sharp(values, { raw: { width: 6, height: 1, channels: 1 } }).toColourspace("grey16");
    const tiff = await wide.clone().tiff({ compression: "lzw" }).toBuffer();
    expect(await decode("deep.tif", tiff, 1)).toEqual([6, 1, expected]);
    const interlaced = await wide.clone().png({ progressive: true }).toBuffer();
    expect(await decode("interlaced.png", interlaced, 1)).toEqual([6, 1, expected]);
  });

  it("composites alpha over white, also of a palette and in WebP", async () => {
    const pixels = [255, 0, 0, 128, 0, 0, 255, 0, 10, 20, 30, 255];
    const expected = [255, 127, 127, 255, 255, 255, 10, 20, 30];
    const image = raw(pixels, 3, 1, 4);
    expect((await decode("alpha.png", await image.clone().png().toBuffer()))[2]).toEqual(expected);
    expect((await decode("alpha.webp", await image.clone().webp({ lossless: true }).toBuffer()))[2]).toEqual(expected);
    const palette = await image.clone().png({ palette: true, colours: 4, dither: 0 }).toBuffer();
    expect((await sharp(palette).metadata()).isPalette).toBe(true);
    near((await decode("palette.png", palette))[2], expected, 2);
  });

  it("applies the EXIF orientation, in JPEG and PNG", async () => {
    const tall = { width: 1, height: 2, data: [255, 0, 0, 0, 0, 255] };
    for (const format of ["jpeg", "png"] as const) {
      const lain = raw(redBlue.data, 2, 1, 3).withMetadata({ orientation: 6 });
      const options = format === "jpeg" ? { quality: 100, chromaSubsampling: "4:4:4" } : {};
      const [width, height, data] = await decode(`turned.${format}`, await lain.toFormat(format, options).toBuffer());
      expect([width, height]).toEqual([tall.width, tall.height]);
      near(data, tall.data, 3);
    }
  });

  it("converts a CMYK JPEG to RGB", async () => {
    const white = sharp({ create: { width: 8, height: 8, channels: 3, background: "#ffffff" } });
    const bytes = await white.toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe("cmyk");
    const [, , data] = await decode("cmyk.jpg", bytes);
    near(data, data.map(() => 255), 4);
  });

  it("takes the first frame of an animation", async () => {
    const frames = raw([255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255], 2, 2, 3);
    const still = await frames.png().toBuffer();
    const row = (top: number) => sharp(still).extract({ left: 0, top, width: 2, height: 1 }).png().toBuffer();
    const halves = [await row(0), await row(1)];
    const animated = await sharp(halves, { join: { animated: true } }).gif().toBuffer();
    expect((await sharp(animated, { animated: true }).metadata()).pages).toBe(2);
    expect(await decode("two.gif", animated)).toEqual([2, 1, [255, 0, 0, 255, 0, 0]]);
  });

  it("hands alpha on when asked, colours as they are, white where nothing shows", async () => {
    const pixels = [255, 0, 0, 128, 0, 0, 255, 0, 10, 20, 30, 255];
    const image = raw(pixels, 3, 1, 4);
    for (const bytes of [await image.clone().png().toBuffer(), await image.clone().webp({ lossless: true, exact: true }).toBuffer()]) {
      const { data, alpha } = await decodeImageBytes(bytes, "alpha", 3, { keepAlpha: true });
      expect(Array.from(data)).toEqual([255, 0, 0, 255, 255, 255, 10, 20, 30]);
      expect(Array.from(alpha ?? [])).toEqual([128, 0, 255]);
    }
    const gray = await decodeImageBytes(await raw([9, 0x80, 200, 255], 2, 1, 2).png().toBuffer(), "gray", 1, { keepAlpha: true });
    expect(gray).toMatchObject({ data: Uint8Array.of(9, 200), alpha: Uint8Array.of(0x80, 255) });
    const opaque = await decodeImageBytes(await raw([1, 2, 3], 1, 1, 3).png().toBuffer(), "opaque", 3, { keepAlpha: true });
    expect(opaque.alpha).toBeUndefined();
  });

  it("goes by content, not by extension", async () => {
    expect(await decode("liar.jpg", encodePng(redBlue))).toEqual([2, 1, Array.from(redBlue.data)]);
  });
});

describe("decodeImage of bad files", () => {
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7919) % 251);
  const failure = async (name: string, bytes: Uint8Array): Promise<unknown> =>
    decode(name, bytes).catch((error: unknown) => error);

  it("names a truncated file of any format", async () => {
    for (const format of ["png", "jpeg", "webp", "tiff", "gif"] as const) {
      const whole = await raw(noise, 64, 64, 3).toFormat(format).toBuffer();
      const error = await failure(`cut.${format}`, whole.subarray(0, whole.length / 2));
      expect(error, format).toBeInstanceOf(DataError);
      expect(String(error)).toContain(`cut.${format}: expected a readable image`);
      const lines = String(error).replace(/^.*, got /, "").split("; ");
      expect(lines, format).toEqual([...new Set(lines)]);
    }
  });

  it("names an empty, a foreign and an absent file", async () => {
    expect(String(await failure("empty.png", new Uint8Array()))).toMatch(/empty\.png: .*an empty file/);
    expect(String(await failure("text.png", Buffer.from("not an image")))).toMatch(/text\.png: .*another kind/);
    await expect(decodeImage(join(folder, "absent.png"), 3)).rejects.toThrow(/absent\.png: .*ENOENT/);
    await expect(decodeImage(folder, 3)).rejects.toThrow(/: expected a readable image .*a folder/);
  });

  it.skipIf(process.platform === "win32")("does not wait for a pipe", async () => {
    execFileSync("mkfifo", [join(folder, "pipe.png")]);
    await expect(decodeImage(join(folder, "pipe.png"), 3)).rejects.toThrow(/pipe\.png: .*something that is no file/);
  });

  it("refuses more pixels than the limit before it decodes them", async () => {
    const bomb = Buffer.from(encodePng(redBlue));
    bomb.writeUInt32BE(100_000, 16);
    bomb.writeUInt32BE(100_000, 20);
    expect(String(await failure("bomb.png", bomb))).toMatch(/bomb\.png: .*100000×100000 pixels, more than the limit/);
    const path = join(folder, "small.jpg");
    writeFileSync(path, await raw(noise, 64, 64, 3).jpeg().toBuffer());
    const limited = decodeImage(path, 3, { maxPixels: 4095 });
    await expect(limited).rejects.toThrow(/64×64 pixels, more than the limit of 4095, which --max-pixels raises/);
  });
});

describe("encodeImage", () => {
  it("writes PNG, JPEG and WebP, and folders on the way", async () => {
    for (const name of ["new/a.png", "new/a.JPG", "new/a.webp"]) {
      const flat = { width: 9, height: 5, channels: 3 as const, data: new Uint8Array(135).fill(77) };
      await encodeImage(join(folder, name), flat);
      near(Array.from((await decodeImage(join(folder, name), 3)).data), Array.from(flat.data), 2);
    }
    expect(readFileSync(join(folder, "new/a.webp")).toString("latin1", 8, 12)).toBe("WEBP");
  });

  it("writes alpha as PNG and WebP, colour and gray, and not as JPEG", async () => {
    const alpha = Uint8Array.of(0, 77, 255, 128);
    for (const channels of [1, 3] as const) {
      const image = { width: 2, height: 2, channels, data: new Uint8Array(4 * channels).fill(50), alpha };
      for (const format of ["png", "webp"] as const) {
        const back = await decodeImageBytes(Buffer.from(await encodeImageBytes(image, format)), format, channels, { keepAlpha: true });
        expect(back.alpha, `${format} ${channels}`).toEqual(alpha);
      }
      await expect(encodeImageBytes(image, "jpg")).rejects.toThrow(/transparency cannot be kept as jpg/);
    }
  });

  it("makes smaller files of lower quality, JPEG and WebP", async () => {
    const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7919) % 251);
    for (const format of ["jpg", "webp"] as const) {
      const size = async (quality?: number): Promise<number> => {
        return (await encodeImageBytes({ width: 64, height: 64, channels: 3, data }, format, quality ? { quality } : {})).length;
      };
      expect(await size(30)).toBeLessThan(await size());
      expect(await size(95)).toBe(await size());
    }
  });

  it("names a place that cannot be written, and leaves nothing there", async () => {
    writeFileSync(join(folder, "plain"), "a file");
    await expect(encodeImage(join(folder, "plain", "a.png"), redBlue)).rejects.toThrow(/plain.a\.png: expected to write it, got (EEXIST|ENOTDIR)/);
    expect(readFileSync(join(folder, "plain"), "utf8")).toBe("a file");
  });

  it("refuses an extension it cannot write", async () => {
    await expect(encodeImage(join(folder, "a.xcf"), redBlue)).rejects.toThrow(/a\.xcf: expected the extension/);
  });
});
