/** Which values of a file are black and white. */
import { DataError } from "../errors.js";
import { sampleTypes, typeOf, type AnySamples, type SampleType } from "./stored-samples.js";

/**
 * The values that become black and white in files of more than 8 bits. `auto`: 0 and 1 for floats, the smallest and the largest
 * number of the type for integers.
 */
export type ValueRange = "auto" | readonly [black: number, white: number];

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

/** The values of black and white for a type. */
export function rangeOf(type: SampleType, range: ValueRange): readonly [black: number, white: number] {
  return range === "auto" ? sampleTypes[type].range : range;
}

/** Whether samples of a type are used as they are: 8 bits always, 16 bits unless a range is set. All others become floats. */
export function isPlain(type: SampleType, range: ValueRange): boolean {
  return type === "uchar" || (type === "ushort" && range === "auto");
}

/**
 * Values from black to white as floats from 0 to 1. Values outside the range are clipped. Every `opacity`-th value is the opacity of
 * a pixel, which always has the whole range of its type; 0: none is. Values of float32 are overwritten. Throws a DataError for NaN and
 * infinity.
 */
export function toUnit(values: AnySamples, range: ValueRange, opacity: number): Float32Array {
  const type = typeOf(values);
  const full = sampleTypes[type].range;
  const [black, white] = rangeOf(type, range);
  const units = values instanceof Float32Array ? values : new Float32Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (!Number.isFinite(value)) throw new DataError("NaN or infinity among its values");
    const isOpacity = opacity > 0 && at % opacity === opacity - 1;
    const unit = isOpacity ? (value - full[0]) / (full[1] - full[0]) : (value - black) / (white - black);
    units[at] = Math.min(1, Math.max(0, unit));
  }
  return units;
}
