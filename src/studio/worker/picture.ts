/** Pictures in the worker: from files of any format the browser reads, and to PNG files. */
import { fromImageData, toImageData } from "../../data/image-data.js";
import type { Image } from "../../data/image.js";
import { paletteOf, parseClasses } from "../../data/label-classes.js";
import { labelsInColor } from "../../data/label-batch.js";
import { resizeBicubic } from "../../data/resize.js";
import { batchToImages } from "../../data/transform.js";
import { DataError } from "../../errors.js";

/** The most pixels that a picture may have, as for the command: 8192 × 8192. */
const MOST_PIXELS = 2 ** 26;

function contextOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  // A canvas that is read often stays in the processor's memory.
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new DataError(`expected a canvas of ${width}×${height} pixels, got none from the browser. Use a smaller picture.`);
  return context;
}

/** How a picture is decoded. */
export interface PictureOptions {
  /** Uses colours as they are stored, instead of converting them to sRGB; default false. */
  readonly ignoreIcc?: boolean | undefined;
  /** The most pixels that it may have; default 2²⁶. */
  readonly maxPixels?: number | undefined;
}

/** The picture in a file, upright and in sRGB. Throws a DataError for files that the browser cannot read, and for too many pixels. */
export async function decodePicture(file: Blob, name: string, channels: 1 | 3, options: PictureOptions = {}): Promise<Image> {
  const { ignoreIcc = false, maxPixels = MOST_PIXELS } = options;
  const colorSpaceConversion = ignoreIcc ? "none" : "default";
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image", colorSpaceConversion, premultiplyAlpha: "none" })
    .catch((cause: unknown) => {
      throw new DataError(`${name}: expected a picture that this browser can read, got a damaged file or another format. Use PNG or JPEG.`, { cause });
    });
  const { width, height } = bitmap;
  if (width * height > maxPixels) {
    bitmap.close();
    throw new DataError(`${name}: expected at most ${maxPixels} pixels, got ${width}×${height}. Make it smaller first.`);
  }
  const context = contextOf(width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return fromImageData(context.getImageData(0, 0, width, height), { channels });
}

/** As `decodePicture`. If the shorter side is longer than `shorterSide`, the picture is made smaller. */
export async function readPicture(file: Blob, name: string, channels: 1 | 3, shorterSide: number | undefined): Promise<Image> {
  const image = await decodePicture(file, name, channels);
  const { width, height } = image;
  const factor = shorterSide === undefined ? 1 : Math.min(1, shorterSide / Math.min(width, height));
  const resized = (side: number): number => Math.max(1, Math.round(side * factor));
  return factor < 1 ? resizeBicubic(image, resized(width), resized(height)) : image;
}

/** An image of class numbers in the colours in which `cyclegan translate` shows them. */
export function inColor(labels: Image, classes: number): Image {
  const known = parseClasses(String(classes));
  if (!known) throw new DataError(`expected a network for 2 to 255 classes, got one for ${classes}.`);
  const [image] = batchToImages(labelsInColor([labels], paletteOf(known)));
  return image ?? labels;
}

/** An image as a PNG file. */
export function pngOf(image: Image): Promise<Blob> {
  const context = contextOf(image.width, image.height);
  context.putImageData(toImageData(image), 0, 0);
  return context.canvas.convertToBlob({ type: "image/png" });
}
