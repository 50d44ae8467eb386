import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { PNG } from "pngjs";
import sharp from "sharp";
import { DataError } from "../errors.js";
import type { Image } from "./image.js";

/** Quality of JPEG and WebP, of 100. */
const QUALITY = 95;

/** The bytes of a PNG file. */
export function encodePng(image: Image): Buffer {
  const colorType = image.channels === 1 ? 0 : 2;
  const png = new PNG({ width: image.width, height: image.height });
  png.data = Buffer.from(image.data.buffer, image.data.byteOffset, image.data.byteLength);
  return PNG.sync.write(png, { colorType, inputColorType: colorType, inputHasAlpha: false });
}

async function encode(path: string, image: Image): Promise<Buffer> {
  const { width, height, channels, data } = image;
  const extension = extname(path).toLowerCase();
  if (extension === ".png") return encodePng(image);
  const raw = sharp(data, { raw: { width, height, channels } });
  if (extension === ".webp") return raw.webp({ quality: QUALITY }).toBuffer();
  if (extension === ".jpg" || extension === ".jpeg") {
    return raw.jpeg({ quality: QUALITY, chromaSubsampling: "4:4:4" }).toBuffer();
  }
  throw new DataError(`${path}: expected the extension png, jpg, jpeg or webp, got "${extension}". Use one of these.`);
}

/**
 * Writes a PNG, JPEG or WebP file (quality 95), by its extension, and the folders it lies in.
 *
 * The file appears complete or not at all. Throws a DataError for another extension.
 */
export async function encodeImage(path: string, image: Image): Promise<void> {
  const bytes = await encode(path, image);
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
