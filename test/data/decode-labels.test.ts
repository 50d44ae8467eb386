/** Label images: numbers of palettes and of gray, colours of a table. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { PNG } from "pngjs";
import sharp from "sharp";
import { expect, test } from "vitest";
import { decodeLabels } from "../../src/data/decode-labels.js";
import { encodeLabels, encodePng } from "../../src/data/encode.js";
import type { Image } from "../../src/data/image.js";
import { paletteOf, parseClasses, type LabelClasses } from "../../src/data/label-classes.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();
const classes = (text: string): LabelClasses => parseClasses(text) as LabelClasses;
const four: Image = { width: 3, height: 2, channels: 1, data: Uint8Array.of(0, 1, 2, 3, 255, 1) };
const write = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};
const read = async (path: string, text: string): Promise<number[]> => [...(await decodeLabels(path, classes(text))).data];

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** A PNG file of one row, whose samples have fewer bits than a byte. */
function packed(type: 0 | 3, depth: 1 | 2 | 4, row: readonly number[]): Uint8Array {
  const png = PNG.sync.write(new PNG({ width: 1, height: 1 }), { colorType: 0 });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(row.length, 0);
  header.writeUInt32BE(1, 4);
  header.set([depth, type, 0, 0, 0], 8);
  const bytes = new Uint8Array(Math.ceil((row.length * depth) / 8));
  for (const [x, sample] of row.entries()) bytes[(x * depth) >> 3] = (bytes[(x * depth) >> 3] ?? 0) | (sample << (8 - depth - ((x * depth) & 7)));
  // Colours that say nothing about the numbers.
  const palette = type === 3 ? [chunk("PLTE", Uint8Array.from({ length: 3 * 2 ** depth }, (_, i) => (i * 97) % 256))] : [];
  return Buffer.concat([png.subarray(0, 8), chunk("IHDR", header), ...palette, chunk("IDAT", deflateSync(Uint8Array.of(0, ...bytes))), chunk("IEND", new Uint8Array())]);
}

test("a palette's numbers are read, not its colours, and written again", async () => {
  const path = write("palette.png", encodeLabels(four, paletteOf(classes("4"))));
  expect(await read(path, "4")).toEqual([...four.data]);
  // Any other program sees the colours.
  const rgb = await sharp(path).removeAlpha().raw().toBuffer();
  expect([...rgb.subarray(3, 6)]).toEqual([128, 0, 0]);
  expect((await sharp(path).metadata()).isPalette).toBe(true);
});

test.each([[1, [0, 1, 1, 0, 1]], [2, [3, 0, 1, 2, 2]], [4, [11, 0, 15, 7, 1]]] as const)("%i bits a pixel, with a palette and gray", async (depth, row) => {
  expect(await read(write("packed.png", packed(3, depth, row)), "16")).toEqual(row);
  expect(await read(write("gray.png", packed(0, depth, row)), "16")).toEqual(row);
});

test("transparency of a palette changes no number", async () => {
  const png = Buffer.from(packed(3, 2, [3, 0, 1, 2]));
  const place = png.indexOf("IDAT") - 4;
  const path = write("transparent.png", Buffer.concat([png.subarray(0, place), chunk("tRNS", Uint8Array.of(255, 254, 0, 252)), png.subarray(place)]));
  expect((await sharp(path).metadata()).hasAlpha).toBe(true);
  expect(await read(path, "4")).toEqual([3, 0, 1, 2]);
});

test("gray numbers, and colours of a table", async () => {
  expect(await read(write("gray.png", encodePng(four)), "a,b,c,d")).toEqual([...four.data]);
  const colors: Image = { width: 3, height: 1, channels: 3, data: Uint8Array.of(128, 128, 128, 135, 206, 235, 0, 0, 0) };
  expect(await read(write("rgb.png", encodePng(colors)), "sky=#87ceeb,road=#808080,ignore=#000000")).toEqual([1, 0, 255]);
});

test.each<[name: string, bytes: () => Uint8Array | Promise<Uint8Array>, text: string, message: RegExp]>([
  ["a number too high", () => encodePng(four), "3", /x\.png: expected class numbers below 3, or 255 for pixels that count nowhere, got 3 at \(0, 1\)\. Use --classes/],
  ["colours without a table", () => encodePng({ width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) }), "3", /expected class numbers, as a gray image or one with a palette, got colours/],
  ["an unknown colour", () => encodePng({ width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) }), "a=#000000,b=#ffffff", /got #010203 at \(0, 0\), which is none/],
  ["JPEG", () => sharp(Buffer.alloc(64), { raw: { width: 8, height: 8, channels: 1 } }).jpeg().toBuffer(), "3", /expected labels as a PNG file, which keeps every value, got jpeg/],
  ["16 bits", () => sharp(Uint16Array.of(1, 2), { raw: { width: 2, height: 1, channels: 1 } }).toColourspace("grey16").png().toBuffer(), "3", /expected labels of 8 bits, got 16/],
  ["a palette in another order", () => encodeLabels({ ...four, data: Uint8Array.of(0, 1, 1, 0, 0, 1) }, [[255, 255, 255], [0, 0, 0]]), "black=#000000,white=#ffffff", /expected the number of white, 1, for its colour #ffffff, got 0, which is black\. A program has reordered the palette/],
  ["a file that is cut off", () => encodeLabels(four, paletteOf(classes("4"))).subarray(0, 830), "4", /expected a readable image/],
])("%s: the error names the file and what to do", async (_, bytes, text, message) => {
  const path = write("x.png", await bytes());
  await expect(decodeLabels(path, classes(text))).rejects.toThrow(message);
});
