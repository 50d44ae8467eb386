/** The grounds and skies of scenes. */
import type { Image } from "../../data/image.js";
import type { Random } from "../../random.js";
import { valueNoise } from "./noise.js";

type Rgb = readonly [red: number, green: number, blue: number];

/** A texture: colours from `dark` to `light` by noise with features of `cell` pixels, which may differ at the top and at the bottom. */
interface Material {
  readonly dark: Rgb;
  readonly light: Rgb;
  readonly cell: number;
  /** Added at the bottom, and by halves in the middle. */
  readonly towardsBottom: Rgb;
}

const materials = {
  grass: { dark: [110, 172, 66], light: [176, 222, 112], cell: 8, towardsBottom: [-14, -16, -10] },
  snow: { dark: [206, 214, 228], light: [255, 255, 255], cell: 8, towardsBottom: [-14, -10, -4] },
  clear: { dark: [78, 148, 226], light: [156, 206, 250], cell: 16, towardsBottom: [62, 38, 6] },
  overcast: { dark: [138, 146, 158], light: [202, 208, 216], cell: 16, towardsBottom: [16, 16, 18] },
  cloth: { dark: [70, 92, 132], light: [132, 156, 196], cell: 8, towardsBottom: [-10, -10, -10] },
  table: { dark: [112, 74, 40], light: [186, 136, 84], cell: 8, towardsBottom: [-12, -10, -8] },
} as const satisfies Readonly<Record<string, Material>>;

export type MaterialName = keyof typeof materials;

/** An image of a material. Its brightness differs a little from image to image. */
export function paintTexture(name: MaterialName, random: Random, width: number, height: number): Image {
  const { dark, light, cell, towardsBottom } = materials[name];
  const brightness = 16 * (random.uniform() - 0.5);
  const field = valueNoise(random, width, height, cell);
  const data = new Uint8ClampedArray(3 * width * height);
  for (const [pixel, value] of field.entries()) {
    const down = Math.floor(pixel / width) / height;
    const sample = (c: 0 | 1 | 2): number => dark[c] + (light[c] - dark[c]) * value + towardsBottom[c] * down + brightness;
    data.set([sample(0), sample(1), sample(2)], 3 * pixel);
  }
  return { width, height, channels: 3, data: new Uint8Array(data.buffer) };
}
