import { PNG } from "pngjs";
import sharp from "sharp";
import { encodeNpy } from "../../src/data/npy.js";
import { planarTiff, withTag } from "../support/planar-tiff.js";

/** An uncompressed BMP, bottom up, 24 bits, or with a palette of 256. */
function bmp(bits: 8 | 24, width: number, height: number): Buffer {
  const stride = Math.ceil((width * bits) / 32) * 4;
  const palette = bits === 8 ? 1024 : 0;
  const file = Buffer.alloc(54 + palette + stride * height, 0x5a);
  file.write("BM", 0, "latin1");
  for (const [at, value] of [[2, file.length], [6, 0], [10, 54 + palette], [14, 40], [18, width], [22, height], [30, 0], [34, 0], [46, 0], [50, 0]] as const) {
    file.writeUInt32LE(value, at);
  }
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  return file;
}

/** BMP with bit fields, 16 bits, top down. */
function bitFieldBmp(width: number, height: number): Buffer {
  const stride = Math.ceil(width / 2) * 4;
  const file = Buffer.concat([bmp(24, 1, 1).subarray(0, 54), Buffer.alloc(12 + stride * height, 0xa5)]);
  for (const [at, value] of [[2, file.length], [10, 66], [18, width], [22, -height >>> 0], [30, 3], [54, 0xf800], [58, 0x07e0], [62, 0x001f]] as const) {
    file.writeUInt32LE(value, at);
  }
  file.writeUInt16LE(16, 28);
  return file;
}

/** Small valid files of every format and the kinds that are decoded differently, by name. */
export async function imageSeeds(): Promise<ReadonlyMap<string, Buffer>> {
  const [width, height] = [13, 9];
  const pixels = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 7919) % 251);
  const colours = pixels.subarray(0, width * height * 3);
  const picture = sharp(pixels, { raw: { width, height, channels: 4 } });
  const opaque = picture.clone().removeAlpha();
  const deep = new PNG({ width: 4, height: 3 });
  deep.data = Buffer.from(Uint16Array.from({ length: 12 }, (_, i) => i * 5000).buffer);
  const frames = await Promise.all([0, 3].map((top) => opaque.clone().extract({ left: 0, top, width: 8, height: 3 }).png().toBuffer()));
  return new Map([
    ["rgba.png", await picture.clone().png().toBuffer()],
    ["palette.png", await picture.clone().png({ palette: true, colours: 8 }).toBuffer()],
    ["interlaced.png", await opaque.clone().png({ progressive: true }).toBuffer()],
    ["deep.png", PNG.sync.write(deep, { bitDepth: 16, colorType: 0, inputColorType: 0, inputHasAlpha: false })],
    ["turned.png", await opaque.clone().withMetadata({ orientation: 6 }).png().toBuffer()],
    ["turned.jpg", await opaque.clone().withMetadata({ orientation: 5 }).jpeg().toBuffer()],
    ["progressive.jpg", await opaque.clone().jpeg({ progressive: true }).toBuffer()],
    ["cmyk.jpg", await opaque.clone().toColourspace("cmyk").jpeg().toBuffer()],
    ["lossy.webp", await picture.clone().webp().toBuffer()],
    ["lossless.webp", await picture.clone().webp({ lossless: true }).toBuffer()],
    ["lzw.tiff", await picture.clone().tiff({ compression: "lzw" }).toBuffer()],
    ["deflate.tiff", await opaque.clone().tiff({ compression: "deflate", tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer()],
    ["plain.tiff", await opaque.clone().tiff({ compression: "none" }).toBuffer()],
    ["two.gif", await sharp(frames, { join: { animated: true } }).gif().toBuffer()],
    ["rgb.bmp", bmp(24, width, height)],
    ["palette.bmp", bmp(8, width, height)],
    ["fields.bmp", bitFieldBmp(width, height)],
    ["planes.tiff", planarTiff([{ width, height, channels: 3, data: colours, planar: true }])],
    ["pages.tiff", planarTiff([0, 1, 2].map((page) => ({ width, height, channels: 1, data: pixels.slice(page, page + width * height) })))],
    ["channels.tiff", withTag(await opaque.clone().tiff({ compression: "lzw", predictor: "horizontal" }).toBuffer(), 262, 1)],
    ["floats.npy", encodeNpy({ width: 4, height: 3, channels: 1, hasAlpha: false, data: Float32Array.from({ length: 12 }, (_, i) => i / 12) })],
    ["colours.npy", encodeNpy({ width, height, channels: 3, hasAlpha: false, data: colours })],
  ]);
}
