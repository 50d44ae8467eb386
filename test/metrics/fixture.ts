import { readFileSync } from "node:fs";
import type { Image } from "../../src/data/image.js";

interface StoredImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: string;
}

interface StoredPair {
  readonly size: readonly [width: number, height: number, channels: number];
  readonly how: string;
  readonly a: string;
  readonly b: string;
  readonly ssim: number;
  readonly psnr: number;
}

interface StoredSets {
  readonly name: string;
  readonly a: readonly StoredImage[];
  readonly b: readonly StoredImage[];
  readonly patchesPerImage: number;
  readonly projections: number;
  readonly shared: readonly number[];
  readonly own: readonly number[];
}

interface Fixture {
  readonly pairs: readonly StoredPair[];
  readonly sets: readonly StoredSets[];
}

const text = readFileSync(new URL("../reference/metrics.json", import.meta.url), "utf8");
export const fixture = JSON.parse(text) as Fixture;

export const bytes = (encoded: string): Uint8Array => Uint8Array.from(Buffer.from(encoded, "base64"));

export function imagesOf(stored: readonly StoredImage[]): Image[] {
  return stored.map((image) => ({ ...image, data: bytes(image.data) }));
}
