/** Parsers of numeric options. */
import { UsageError } from "../../errors.js";

/** Parses finite numbers for which `accepts` holds; `expected` describes them in the error message. */
export function numberOption(flag: string, expected: string, accepts: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isFinite(value) && accepts(value)) return value;
    throw new UsageError(`${flag}: expected ${expected}, got ${JSON.stringify(text)}.`);
  };
}

/** Parses whole numbers from `least` to `most`, which may be left out. */
export function wholeOption(flag: string, least: number, most?: number): (text: string) => number {
  const range = most === undefined ? `of at least ${least}` : `between ${least} and ${most}`;
  const accepts = (value: number): boolean => Number.isSafeInteger(value) && value >= least && value <= (most ?? value);
  return numberOption(flag, `a whole number ${range}`, accepts);
}

/** Parses multiples of 4 pixels. */
export function pixelsOption(flag: string, least: number): (text: string) => number {
  const accepts = (value: number): boolean => Number.isSafeInteger(value) && value >= least && value % 4 === 0;
  return numberOption(flag, `a multiple of 4 pixels, at least ${least}`, accepts);
}

/** Parses gigabytes into bytes. */
export function gigabytesOption(flag: string): (text: string) => number {
  const parse = numberOption(flag, "a number of gigabytes above 0", (value) => value > 0);
  return (text) => parse(text) * 1e9;
}
