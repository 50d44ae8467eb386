/** Which values of a file are black and white. */
import { DataError } from "../errors.js";

/**
 * The values that become black and white in files of more than 8 bits. `auto`: 0 and 1 for floats, the smallest and the largest
 * number of the type for integers.
 */
export type ValueRange = "auto" | readonly [black: number, white: number];

/** The types of samples in a file, by libvips' names, with the values of black and white under `auto`. */
const automatic: Readonly<Record<string, readonly [black: number, white: number]>> = {
  uchar: [0, 255],
  char: [-128, 127],
  ushort: [0, 65535],
  short: [-32768, 32767],
  uint: [0, 2 ** 32 - 1],
  int: [-(2 ** 31), 2 ** 31 - 1],
  float: [0, 1],
  double: [0, 1],
};

/** Help of the option. */
export const VALUE_RANGE_HELP =
  "values that become black and white in files of more than 8 bits; auto: 0,1 for floats, the whole range for integers";

/** Parses `black,white`; undefined unless it is `auto` or two numbers, the first below the second. */
export function parseValueRange(text: string): ValueRange | undefined {
  if (text === "auto") return text;
  const [black, white, ...rest] = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  const range = [black, white] as const;
  return rest.length === 0 && isValueRange(range) ? range : undefined;
}

export function isValueRange(value: unknown): value is ValueRange {
  if (value === "auto") return true;
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [black, white]: unknown[] = value;
  return typeof black === "number" && typeof white === "number" && Number.isFinite(black) && Number.isFinite(white) && black < white;
}

/** Black and white of a type under `auto`. Throws a DataError for others, such as complex numbers. */
function rangeOfType(type: string): readonly [black: number, white: number] {
  const range = automatic[type];
  if (!range) throw new DataError(`samples of the type ${type}`);
  return range;
}

/**
 * Values from black to white as floats from 0 to 1. Values outside the range are clipped. The last of `channels`, if their number
 * is even, is opacity, which always has the whole range of its type. Throws a DataError for NaN and infinity.
 */
export function toUnit(values: Float32Array, type: string, range: ValueRange, channels: number): Float32Array {
  const full = rangeOfType(type);
  const [black, white] = range === "auto" ? full : range;
  const hasAlpha = channels === 2 || channels === 4;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (!Number.isFinite(value)) throw new DataError("NaN or infinity among its values");
    const isAlpha = hasAlpha && at % channels === channels - 1;
    const unit = isAlpha ? (value - full[0]) / (full[1] - full[0]) : (value - black) / (white - black);
    values[at] = Math.min(1, Math.max(0, unit));
  }
  return values;
}
