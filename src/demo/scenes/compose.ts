/** Puts drawings into an image, with the class of every pixel. */
import { cropImage } from "../../data/crop.js";
import type { Image } from "../../data/image.js";
import { resizeBicubic } from "../../data/resize.js";
import { DataError } from "../../errors.js";

/** An image and the class of each of its pixels, a number from 0 in one channel. */
export interface Scene {
  readonly image: Image;
  readonly labels: Image;
}

/** A drawing with its place. */
export interface Placed {
  /** RGB, with alpha where it is not a full rectangle, cut to what is drawn. */
  readonly drawing: Image;
  readonly label: number;
  /** The middle of its lower edge, in pixels from the top left corner of the scene. It may lie outside. */
  readonly x: number;
  readonly y: number;
  /** In pixels. Its width follows. */
  readonly height: number;
  readonly mirrored?: boolean;
}

/** A pixel with at least half of the drawing in it has its class. */
const OPAQUE = 128;

/** The first of whole numbers, and how many they span. */
function span(values: readonly number[]): readonly [first: number, count: number] {
  const first = values.reduce((a, b) => Math.min(a, b));
  return [first, values.reduce((a, b) => Math.max(a, b)) - first + 1];
}

/** The part of a drawing within which something is drawn. Throws a DataError if nothing is. */
export function cutToContent(drawing: Image): Image {
  const { width, height, alpha } = drawing;
  if (!alpha) return drawing;
  const drawn = [...alpha.keys()].filter((pixel) => (alpha[pixel] ?? 0) >= OPAQUE);
  if (drawn.length === 0) throw new DataError(`cutToContent: expected a drawing with opaque pixels, got none in ${width}×${height}.`);
  const [left, newWidth] = span(drawn.map((pixel) => pixel % width));
  const [top, newHeight] = span(drawn.map((pixel) => Math.floor(pixel / width)));
  return cropImage(drawing, { left, top, width: newWidth, height: newHeight });
}

function place({ image, labels }: Scene, { drawing, label, x, y, height, mirrored = false }: Placed): void {
  const width = Math.max(1, Math.round((drawing.width * height) / drawing.height));
  const { data, alpha } = resizeBicubic(drawing, width, Math.max(1, Math.round(height)));
  const [left, top] = [Math.round(x - width / 2), Math.round(y - height)];
  for (let row = Math.max(0, -top); row < Math.min(height, image.height - top); row++) {
    for (let column = Math.max(0, -left); column < Math.min(width, image.width - left); column++) {
      const from = row * width + (mirrored ? width - 1 - column : column);
      const to = (top + row) * image.width + left + column;
      const opacity = alpha?.[from] ?? 255;
      for (let c = 0; c < 3; c++) {
        const below = image.data[3 * to + c] ?? 0;
        image.data[3 * to + c] = Math.round(below + (((data[3 * from + c] ?? 0) - below) * opacity) / 255);
      }
      if (opacity >= OPAQUE) labels.data[to] = label;
    }
  }
}

/** The background with drawings in it. A later one covers those before it. */
export function compose(background: Scene, placed: readonly Placed[]): Scene {
  const copy = (image: Image): Image => ({ ...image, data: image.data.slice() });
  const scene = { image: copy(background.image), labels: copy(background.labels) };
  for (const one of placed) place(scene, one);
  return scene;
}
