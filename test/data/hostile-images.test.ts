import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { boundContent } from "../../src/data/bounds/bounds.js";
import { decodeImageBytes } from "../../src/data/decode.js";
import { encodePng } from "../../src/data/encode.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();
const redBlue = { width: 2, height: 1, channels: 3 as const, data: Uint8Array.of(255, 0, 0, 0, 0, 255) };
const noise = (width: number, height: number): Sharp =>
  sharp(Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * 7919) % 251), { raw: { width, height, channels: 3 } });

/** Decodes a file, and expects that to take less than 10 s; it takes far less than a fifth of that. */
async function decode(bytes: Buffer, maxPixels?: number): Promise<readonly [width: number, height: number]> {
  const start = performance.now();
  try {
    const { width, height } = await decodeImageBytes(bytes, "hostile", 3, { maxPixels });
    return [width, height];
  } finally {
    expect(performance.now() - start).toBeLessThan(10_000);
  }
}

describe("PNG", () => {
  const chunk = (type: string, data: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length);
    head.write(type, 4);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(Buffer.concat([head.subarray(4), data])));
    return Buffer.concat([head, data, sum]);
  };
  const whole = Buffer.from(encodePng(redBlue));
  const header = whole.subarray(0, 33);
  const text = deflateSync(Buffer.alloc(2 ** 20));
  const withChunks = (chunks: readonly Buffer[], base = whole): Buffer => Buffer.concat([base.subarray(0, 33), ...chunks, base.subarray(33)]);

  test.each([
    ["900 compressed texts", Array.from({ length: 900 }, (_, index) => chunk("zTXt", Buffer.concat([Buffer.from(`key ${index}\0\0`), text])))],
    ["900 international texts", Array.from({ length: 900 }, (_, index) => chunk("iTXt", Buffer.concat([Buffer.from(`key ${index}\0\x01\0\0\0`), text])))],
    ["a large colour profile", [chunk("iCCP", Buffer.concat([Buffer.from("profile\0\0"), Buffer.alloc(2 ** 17)]))]],
    ["200,000 plain texts", Array.from({ length: 200_000 }, () => chunk("tEXt", Buffer.from("key\0value")))],
    ["200,000 times the same gamma", Array.from({ length: 200_000 }, () => chunk("gAMA", Buffer.of(0, 0, 0, 9)))],
    ["a large orientation", [chunk("eXIf", Buffer.alloc(2 ** 21))]],
  ])("with %s is decoded without them", async (_, chunks) => {
    const file = withChunks(chunks);
    expect(await decode(file)).toEqual([2, 1]);
    expect(boundContent(file, "png", 4, false).length).toBeLessThan(whole.length + 20);
  });

  test("with a small colour profile that unpacks to 60 MB is decoded", async () => {
    const profile = deflateSync(Buffer.alloc(60 * 2 ** 20));
    expect(await decode(withChunks([chunk("iCCP", Buffer.concat([Buffer.from("profile\0\0"), profile]))]))).toEqual([2, 1]);
  });

  test("keeps what decides its look, and the caller's bytes", async () => {
    const tall = await noise(12, 9).withMetadata({ orientation: 6 }).png().toBuffer();
    const file = withChunks([chunk("zTXt", Buffer.concat([Buffer.from("key\0\0"), text]))], tall);
    const before = Buffer.from(file);
    expect(await decode(file)).toEqual([9, 12]);
    expect(file.equals(before)).toBe(true);
    const palette = await noise(12, 9).ensureAlpha(0.5).png({ palette: true, colours: 8 }).toBuffer();
    const bound = boundContent(withChunks([chunk("tEXt", Buffer.from("key\0value"))], palette), "png", 100, true);
    expect(bound.includes("tRNS")).toBe(true);
    expect(bound.includes("tEXt")).toBe(false);
  });

  test("that is damaged stays so, in place or not", async () => {
    for (const damage of [header, whole.subarray(0, 50), Buffer.concat([header, Buffer.from([255, 255, 255, 255]), Buffer.from("tEXt"), whole.subarray(33)])]) {
      await expect(decode(Buffer.from(damage))).rejects.toThrow(/expected a readable image/);
      expect(boundContent(Buffer.from(damage), "png", 4, true).equals(damage)).toBe(true);
    }
  });
});

describe("JPEG", () => {
  test("of more scans than encoders make is refused at once, and a progressive one is read", async () => {
    const file = await noise(64, 64).jpeg({ progressive: true }).toBuffer();
    expect(await decode(file)).toEqual([64, 64]);
    const scan = file.subarray(file.lastIndexOf(Buffer.of(0xff, 0xda)), file.length - 2);
    const many = Buffer.concat([file.subarray(0, -2), ...Array.from({ length: 100 }, () => scan), file.subarray(-2)]);
    await expect(decode(many)).rejects.toThrow(/got a JPEG of more than 100 scans\. Replace or remove the file/);
  });

  test("of too many segments, or too much beside the pixels, is refused; a thumbnail with scans of its own is not", async () => {
    const file = await noise(16, 16).jpeg().toBuffer();
    const segment = (data: Buffer): Buffer => Buffer.concat([Buffer.of(0xff, 0xee, (data.length + 2) >> 8, (data.length + 2) & 255), data]);
    const withSegments = (count: number, data: Buffer): Buffer =>
      Buffer.concat([file.subarray(0, 2), ...Array.from({ length: count }, () => segment(data)), file.subarray(2)]);
    await expect(decode(withSegments(100_001, Buffer.alloc(0)))).rejects.toThrow(/a JPEG of more than 100000 segments/);
    await expect(decode(withSegments(520, Buffer.alloc(65_000)))).rejects.toThrow(/a JPEG with more than 33554432 bytes beside the pixels/);
    expect(await decode(withSegments(200, file))).toEqual([16, 16]);
  });
});

test("GIF: only the first of many frames is handed to the decoder", async () => {
  const still = await noise(8, 8).gif().toBuffer();
  const frame = still.subarray(still.indexOf(Buffer.of(0x2c, 0, 0, 0, 0, 8, 0)), -1);
  const many = Buffer.concat([still.subarray(0, -1), ...Array.from({ length: 200_000 }, () => frame), still.subarray(-1)]);
  expect(await decode(many)).toEqual([8, 8]);
  expect(boundContent(many, "gif", 64, false).equals(still)).toBe(true);
  expect(boundContent(still, "gif", 64, false)).toBe(still);
});

test("TIFF: a chain of pages without end is refused, in either order of bytes", async () => {
  for (const order of ["II", "MM"] as const) {
    const file = Buffer.alloc(8 + 2 + 12 + 4);
    file.write(order);
    const write = (value: number, at: number, bytes: number): unknown => (order === "II" ? file.writeUIntLE(value, at, bytes) : file.writeUIntBE(value, at, bytes));
    write(42, 2, 2);
    write(8, 4, 4);
    write(1, 8, 2);
    // The next page is this one.
    write(8, 22, 4);
    await expect(decode(file)).rejects.toThrow(/a TIFF of more than 10000 pages/);
  }
  const pages = await noise(8, 8).tiff().toBuffer();
  expect(await decode(pages)).toEqual([8, 8]);
});

test("WebP of too many chunks is refused; one of 38 bytes that claims 134 million pixels too", async () => {
  const file = await noise(8, 8).webp().toBuffer();
  const many = Buffer.concat([file, Buffer.from("JUNK\0\0\0\0".repeat(100_001))]);
  await expect(decode(many)).rejects.toThrow(/a WebP of more than 100000 chunks/);
  const large = await sharp({ create: { width: 16_383, height: 8190, channels: 3, background: "#123" } }).webp({ lossless: true, effort: 0 }).toBuffer();
  expect(large.length).toBeLessThan(100);
  await expect(decode(large)).rejects.toThrow(/16383×8190 pixels, more than the limit of 67108864, which --max-pixels raises/);
});

test("AVIF may have half the pixels, and an image of wide samples as many bytes as one of four narrow ones", async () => {
  const avif = await noise(64, 64).avif({ effort: 0 }).toBuffer();
  await expect(decode(avif, 64 * 64)).rejects.toThrow(/64×64 pixels, more than the limit of 2048/);
  expect(await decode(avif, 2 * 64 * 64)).toEqual([64, 64]);
  const wide = await noise(64, 64).ensureAlpha(0.5).toColourspace("rgb16").png().toBuffer();
  await expect(decode(wide, 64 * 64)).rejects.toThrow(/32768 bytes of pixels \(64×64, 4 channels of 16 bits\), more than the limit of 16384/);
  expect(await decode(wide, 2 * 64 * 64)).toEqual([64, 64]);
});

describe("BMP", () => {
  const bits = (side: number): Buffer => {
    const stride = Math.ceil(side / 32) * 4;
    const file = Buffer.alloc(62 + stride * side);
    file.write("BM");
    for (const [value, at] of [[62, 10], [40, 14], [side, 18], [side, 22], [0x10001, 26]] as const) file.writeUInt32LE(value, at);
    return file;
  };

  test("of 16 MB that stands for 132 million pixels is refused", async () => {
    await expect(decode(bits(11_520))).rejects.toThrow(/11520×11520 pixels, more than the limit of 67108864/);
  });

  const built = new URL("../../dist/data/decode.js", import.meta.url);
  test.skipIf(!existsSync(built))("of the most pixels takes less than 10 s and 1 GB, in a process of its own", () => {
    const path = join(folder, "bits.bmp");
    writeFileSync(path, bits(8192));
    const script = `import { decodeImage } from ${JSON.stringify(built.href)};
      const start = performance.now();
      const { width } = await decodeImage(${JSON.stringify(path)}, 3);
      console.log(JSON.stringify([width, (performance.now() - start) / 1000, process.resourceUsage().maxRSS / 1e6]));`;
    const [width, seconds, gigabytes] = JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script]).toString()) as number[];
    expect(width).toBe(8192);
    expect(seconds).toBeLessThan(10);
    expect(gigabytes).toBeLessThan(1);
  });
});
