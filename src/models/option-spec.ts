import { UsageError } from "../errors.js";

/** One option: how its text is read, what values it takes, what the help says. The same table checks config.json. */
export interface OptionSpec<T> {
  readonly initial: T;
  readonly help: string;
  /** The value's place in the help, as in `--ngf <n>`; absent for a switch. */
  readonly value?: string;
  /** What an acceptable value is, for messages: "a whole number of at least 1". */
  readonly expected: string;
  readonly choices?: readonly string[];
  readonly parse: (text: string) => unknown;
  readonly accepts: (value: unknown) => value is T;
}

export type OptionTable = Readonly<Record<string, OptionSpec<unknown>>>;
export type ValuesOf<Table extends OptionTable> = {
  readonly [K in keyof Table]: Table[K] extends OptionSpec<infer T> ? T : never;
};

/** A text without further rules. */
export function text(initial: string, value: string, help: string): OptionSpec<string> {
  const accepts = (candidate: unknown): candidate is string => typeof candidate === "string";
  return { initial, help, value, expected: "a text", parse: (given) => given, accepts };
}

/** One of a few words. */
export function choice<const T extends string>(initial: T, choices: readonly T[], help: string): OptionSpec<T> {
  const accepts = (candidate: unknown): candidate is T => choices.some((one) => one === candidate);
  return { initial, help, value: "kind", expected: choices.join(" | "), choices, parse: (given) => given, accepts };
}

/** Some of a few words, with commas between; none by default. */
export function list(choices: readonly string[], help: string): OptionSpec<string> {
  const accepts = (candidate: unknown): candidate is string =>
    typeof candidate === "string" && (candidate === "" || candidate.split(",").every((word) => choices.includes(word)));
  const expected = `some of ${choices.join(", ")} with commas between`;
  return { initial: "", help, value: "list", expected, parse: (given) => given, accepts };
}

interface Range {
  readonly min: number;
  readonly max?: number;
  readonly whole?: boolean;
  /** `min` itself is not allowed. */
  readonly above?: boolean;
}

/** A number in a range. */
function number(initial: number, range: Range, help: string): OptionSpec<number> {
  const { min, max = Number.MAX_SAFE_INTEGER, whole = false, above = false } = range;
  const accepts = (candidate: unknown): candidate is number =>
    typeof candidate === "number" &&
    (whole ? Number.isSafeInteger(candidate) : Number.isFinite(candidate)) &&
    (above ? candidate > min : candidate >= min) &&
    candidate <= max;
  const bound = range.max === undefined ? `${above ? "above" : "of at least"} ${min}` : `between ${min} and ${max}`;
  const parse = (given: string): unknown => (given.trim() === "" ? given : Number(given));
  return { initial, help, value: "n", expected: `a ${whole ? "whole " : ""}number ${bound}`, parse, accepts };
}

export function whole(initial: number, min: number, help: string): OptionSpec<number> {
  return number(initial, { min, whole: true }, help);
}

/** A whole number where 0 is no limit, which may be given as the reference's `inf`. */
export function limit(initial: number, help: string): OptionSpec<number> {
  const spec = whole(initial, 0, help);
  return { ...spec, parse: (given) => (given === "inf" ? 0 : spec.parse(given)) };
}

export function real(initial: number, range: Range, help: string): OptionSpec<number> {
  return number(initial, range, help);
}

/** 1 (gray) or 3 (RGB). */
export function channels(initial: number, help: string): OptionSpec<1 | 3> {
  const accepts = (candidate: unknown): candidate is 1 | 3 => candidate === 1 || candidate === 3;
  return { initial: initial === 1 ? 1 : 3, help, value: "n", expected: "1 (gray) or 3 (RGB)", parse: Number, accepts };
}

/** Something that is off (or, with `initial` true, on and turned off by `--no-…`). */
export function toggle(initial: boolean, help: string): OptionSpec<boolean> {
  const accepts = (candidate: unknown): candidate is boolean => typeof candidate === "boolean";
  return { initial, help, expected: "true or false", parse: (given) => given, accepts };
}

/** The reference's spelling in kebab-case: `nLayersD` becomes `--n-layers-d`; a switch that starts on gets `--no-`. */
export function flagOf(key: string, spec: OptionSpec<unknown>): string {
  const kebab = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return spec.initial === true ? `--no-${kebab}` : `--${kebab}`;
}

/** Every value of the table from `given`, defaults where it has none; a value of the wrong kind throws a UsageError. */
export function valuesOf(table: OptionTable, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).map(([key, spec]) => {
      const value = given[key] ?? spec.initial;
      if (spec.accepts(value)) return [key, value];
      throw new UsageError(`${flagOf(key, spec)}: expected ${spec.expected}, got ${JSON.stringify(value)}.`);
    }),
  );
}
