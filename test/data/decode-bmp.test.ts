import { describe, expect, it } from "vitest";
import { decodeBmp } from "../../src/data/decode-bmp.js";

interface Layout {
  readonly bits: number;
  readonly width: number;
  readonly height: number;
  /** After the 40-byte header: masks, or the palette as BGR0. */
  readonly extra?: readonly number[];
  readonly compression?: number;
  readonly pixels: readonly number[];
}

function bmp({ bits, width, height, extra = [], compression = 0, pixels }: Layout): Buffer {
  const header = Buffer.alloc(54);
  header.write("BM");
  header.writeUInt32LE(54 + extra.length, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(bits, 28);
  header.writeUInt32LE(compression, 30);
  return Buffer.concat([header, Buffer.from(extra), Buffer.from(pixels)]);
}

const palette = [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0];
const colours = [[3, 2, 1, 255], [6, 5, 4, 255], [9, 8, 7, 255]];
const rgba = (file: Buffer): number[] => Array.from(decodeBmp(file).data);

describe("decodeBmp", () => {
  it("reads palettes of 1, 4 and 8 bits, odd widths and rows from the bottom", () => {
    const indices = (...order: number[]): number[] => order.flatMap((index) => colours[index] ?? []);
    const one = [0b01000000, 0, 0, 0];
    expect(rgba(bmp({ bits: 1, width: 3, height: 1, extra: palette, pixels: one }))).toEqual(indices(0, 1, 0));
    const four = [0x12, 0x00, 0, 0, 0x01, 0x20, 0, 0];
    const odd = bmp({ bits: 4, width: 3, height: 2, extra: palette, pixels: four });
    expect(rgba(odd)).toEqual(indices(0, 1, 2, 1, 2, 0));
    expect(rgba(bmp({ bits: 8, width: 2, height: 1, extra: palette, pixels: [2, 0, 0, 0] }))).toEqual(indices(2, 0));
  });

  it("reads 24 bits, bottom up and top down", () => {
    const pixels = [1, 2, 3, 0, 4, 5, 6, 0];
    expect(rgba(bmp({ bits: 24, width: 1, height: 2, pixels }))).toEqual([6, 5, 4, 255, 3, 2, 1, 255]);
    expect(rgba(bmp({ bits: 24, width: 1, height: -2, pixels }))).toEqual([3, 2, 1, 255, 6, 5, 4, 255]);
  });

  it("reads 16 and 32 bits with and without masks; plain ones are opaque", () => {
    expect(rgba(bmp({ bits: 16, width: 1, height: 1, pixels: [0x00, 0x7c, 0, 0] }))).toEqual([255, 0, 0, 255]);
    expect(rgba(bmp({ bits: 32, width: 1, height: 1, pixels: [1, 2, 3, 0] }))).toEqual([3, 2, 1, 255]);
    const masks = [0xff, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0xff];
    const masked = { bits: 32, width: 1, height: 1, extra: masks, compression: 6, pixels: [1, 2, 3, 128] };
    expect(rgba(bmp(masked))).toEqual([1, 2, 3, 128]);
  });

  it("throws for a cut file and for run-length encoding", () => {
    expect(() => rgba(bmp({ bits: 24, width: 1, height: 2, pixels: [1, 2, 3, 0] }))).toThrow(/cut off after 58 bytes/);
    expect(() => rgba(bmp({ bits: 8, width: 1, height: 1, compression: 1, pixels: [] }))).toThrow(/uncompressed BMP/);
  });
});
