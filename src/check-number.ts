/** Checks of numbers that a caller gives. */
import { ShapeError, UsageError } from "./errors.js";

interface Range {
  /** The least value. Default: none. */
  readonly min?: number;
  /** The value that all values must be above. */
  readonly above?: number;
  /** The value that all values must be below. */
  readonly below?: number;
  readonly whole?: boolean;
}

/** Throws UsageError, with the names of the place and the setting, unless `value` is a finite number of the range. */
export function checkNumber(where: string, name: string, value: number, { min, above, below, whole = false }: Range): void {
  const isNumber = whole ? Number.isSafeInteger(value) : Number.isFinite(value);
  const inside = (min === undefined || value >= min) && (above === undefined || value > above) && (below === undefined || value < below);
  if (isNumber && inside) return;
  const kind = whole ? "a whole number" : "a finite number";
  const bounds = [min === undefined ? "" : `of at least ${min}`, above === undefined ? "" : `above ${above}`, below === undefined ? "" : `below ${below}`];
  const expected = [kind, bounds.filter((bound) => bound !== "").join(" and ")].join(" ").trimEnd();
  throw new UsageError(`${where}: expected ${name} to be ${expected}, got ${String(value)}.`);
}

/** For sizes and attributes of ops: throws ShapeError unless `value` is a whole number of at least `least`. */
export function checkCount(op: string, name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new ShapeError(`${op}: expected ${name} to be a whole number of at least ${least}, got ${value}.`);
  }
}
