/** Converts decoded samples to 8-bit RGB or gray. */
import type { Channels, Image } from "./image.js";

/** Samples from a codec: gray, gray + alpha, RGB or RGBA, of 8 or 16 bits. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  /** Largest sample value. */
  readonly max: 255 | 65535;
  readonly data: Uint8Array | Uint16Array;
}

/** ITU-R 601 luma in 16-bit fixed point, the rounding of Pillow's mode L. */
function luma(r: number, g: number, b: number): number {
  return (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
}

function overWhite(value: number, opacity: number): number {
  return Math.round(255 + (value - 255) * opacity);
}

/**
 * Converts to 8-bit RGB or gray. 16-bit samples become v / 257, rounded. Transparency is composited over white.
 *
 * `keepAlpha`: an alpha channel that is not opaque everywhere is kept instead. Colours stay as they are; fully transparent
 * pixels become white.
 */
export function flatten(samples: Samples, channels: Channels, keepAlpha = false): Image {
  const { width, height, data, max } = samples;
  if (samples.channels === channels && data instanceof Uint8Array) return { width, height, channels, data };
  const perPixel = samples.channels;
  const hasAlpha = perPixel % 2 === 0;
  const [toGreen, toBlue] = perPixel > 2 ? [1, 2] : [0, 0];
  const pixels = new Uint8Array(width * height * channels);
  const alpha = hasAlpha && keepAlpha ? new Uint8Array(width * height) : undefined;
  const scale = 255 / max;
  let opaque = true;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const source = pixel * perPixel;
    const shown = hasAlpha ? (data[source + perPixel - 1] ?? max) / max : 1;
    if (alpha) alpha[pixel] = Math.round(shown * 255);
    opaque &&= shown === 1;
    const opacity = alpha && shown > 0 ? 1 : shown;
    const r = overWhite((data[source] ?? 0) * scale, opacity);
    const g = overWhite((data[source + toGreen] ?? 0) * scale, opacity);
    const b = overWhite((data[source + toBlue] ?? 0) * scale, opacity);
    if (channels === 1) {
      pixels[pixel] = luma(r, g, b);
    } else {
      pixels[pixel * 3] = r;
      pixels[pixel * 3 + 1] = g;
      pixels[pixel * 3 + 2] = b;
    }
  }
  return alpha && !opaque ? { width, height, channels, data: pixels, alpha } : { width, height, channels, data: pixels };
}
