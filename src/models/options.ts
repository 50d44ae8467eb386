/** Kinds of options. A table of them drives the command line, its help and the check of config.json. */
import { MOST_CHANNELS } from "../data/image.js";
import { isValueRange, parseValueRange, type ValueRange } from "../data/value-range.js";
import { UsageError } from "../errors.js";

/** One option: how its text is parsed, which values it accepts, and its help. */
export interface OptionSpec<T> {
  readonly initial: T;
  readonly help: string;
  /** The name of the value in the help, as in `--ngf <n>`; absent for a switch. */
  readonly value?: string;
  /** A description of acceptable values for messages: "a whole number of at least 1". */
  readonly expected: string;
  readonly choices?: readonly string[];
  readonly parse: (text: string) => unknown;
  readonly accepts: (value: unknown) => value is T;
  /** Whether a resumed training may change it. Weights, moments and the order of the data must not depend on it. */
  readonly changeable?: true;
}

/** Another name of one or several options, whose values may be spelled differently. */
export interface OptionAlias {
  /** The options' names. The help shows the alias under the heading of the first that is the model's own. */
  readonly keys: readonly string[];
  readonly value: string;
  readonly help: string;
  /** The options that a text means, with their values; undefined if it means none. */
  readonly parse: (text: string) => Readonly<Record<string, unknown>> | undefined;
  /** A description of acceptable values for messages. */
  readonly expected: string;
  /** Whether it only sets defaults, so that options that are given themselves have their own values. Default false. */
  readonly isDefault?: true;
}

export type OptionTable = Readonly<Record<string, OptionSpec<unknown>>>;
export type ValuesOf<Table extends OptionTable> = {
  readonly [K in keyof Table]: Table[K] extends OptionSpec<infer T> ? T : never;
};

/** An option that a resumed training may change. */
export function changeable<T>(spec: OptionSpec<T>): OptionSpec<T> {
  return { ...spec, changeable: true };
}

/** Any text. */
export function text(initial: string, value: string, help: string): OptionSpec<string> {
  const accepts = (candidate: unknown): candidate is string => typeof candidate === "string";
  return { initial, help, value, expected: "a text", parse: (given) => given, accepts };
}

/** One of a few words. */
export function choice<const T extends string>(initial: T, choices: readonly T[], help: string): OptionSpec<T> {
  const accepts = (candidate: unknown): candidate is T => choices.some((one) => one === candidate);
  return { initial, help, value: "kind", expected: choices.join(" | "), choices, parse: (given) => given, accepts };
}

/** Some of a few words, separated by commas; none by default. */
export function list(choices: readonly string[], help: string): OptionSpec<string> {
  const accepts = (candidate: unknown): candidate is string =>
    typeof candidate === "string" && (candidate === "" || candidate.split(",").every((word) => choices.includes(word)));
  const expected = `some of ${choices.join(", ")}, separated by commas`;
  return { initial: "", help, value: "list", expected, parse: (given) => given, accepts };
}

interface Range {
  readonly min: number;
  readonly max?: number;
  readonly whole?: boolean;
  /** Whether `min` itself is excluded. */
  readonly above?: boolean;
}

/** The largest number that the device computes with. */
const FLOAT32_MAX = 2 ** 128 - 2 ** 104;

/** A number in a range. */
function number(initial: number, range: Range, help: string): OptionSpec<number> {
  const { min, max, whole = false, above = false } = range;
  const accepts = (candidate: unknown): candidate is number =>
    typeof candidate === "number" &&
    (whole ? Number.isSafeInteger(candidate) : Number.isFinite(candidate)) &&
    (above ? candidate > min : candidate >= min) &&
    candidate <= (max ?? (whole ? Number.MAX_SAFE_INTEGER : FLOAT32_MAX));
  const least = `${above ? "above" : "of at least"} ${min}`;
  const bound = max === undefined ? `${least}${whole ? "" : " and below 3.4e+38"}` : `between ${min} and ${max}`;
  const parse = (given: string): unknown => (given.trim() === "" ? given : Number(given));
  return { initial, help, value: "n", expected: `a ${whole ? "whole " : ""}number ${bound}`, parse, accepts };
}

export function whole(initial: number, min: number, help: string): OptionSpec<number> {
  return number(initial, { min, whole: true }, help);
}

/** A whole number; 0 means no limit, and may be written as the reference's `inf`. */
export function limit(initial: number, help: string): OptionSpec<number> {
  const spec = whole(initial, 0, help);
  return { ...spec, parse: (given) => (given === "inf" ? 0 : spec.parse(given)) };
}

export function real(initial: number, range: Range, help: string): OptionSpec<number> {
  return number(initial, range, help);
}

/** A percentage up to 50, which may be written with its sign. */
export function percent(initial: number, help: string): OptionSpec<number> {
  const spec = number(initial, { min: 0, max: 50 }, help);
  return { ...spec, parse: (given) => spec.parse(given.replace(/ ?%$/, "")) };
}

/** The channels of images. */
export function channels(initial: number, help: string): OptionSpec<number> {
  return number(initial, { min: 1, max: MOST_CHANNELS, whole: true }, help);
}

/** Values that become black and white. */
export function valueRange(help: string): OptionSpec<ValueRange> {
  const expected = "auto, or two numbers with a comma between them, the first below the second";
  return { initial: "auto", help, value: "black,white", expected, parse: (given) => parseValueRange(given) ?? given, accepts: isValueRange };
}

/** A switch that is off by default, or is on by default and turned off by `--no-…`. */
export function toggle(initial: boolean, help: string): OptionSpec<boolean> {
  const accepts = (candidate: unknown): candidate is boolean => typeof candidate === "boolean";
  return { initial, help, expected: "true or false", parse: (given) => given, accepts };
}

/** The reference's name in kebab-case: `nLayersD` becomes `--n-layers-d`. */
export function kebabFlag(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `kebabFlag`; a switch that is on by default gets `--no-`. */
export function flagOf(key: string, spec: OptionSpec<unknown>): string {
  return spec.initial === true ? kebabFlag(key).replace("--", "--no-") : kebabFlag(key);
}

/** The value of every option of the table, from `given` or by default. Throws a UsageError that names a wrong value. */
export function valuesOf(table: OptionTable, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(table).map(([key, spec]) => {
      const value = given[key] ?? spec.initial;
      if (spec.accepts(value)) return [key, value];
      throw new UsageError(`${flagOf(key, spec)}: expected ${spec.expected}, got ${JSON.stringify(value)}.`);
    }),
  );
}

/** `valuesOf` with the types of the table. */
export function parseOptions<Table extends OptionTable>(table: Table, given: Readonly<Record<string, unknown>>): ValuesOf<Table> {
  const values = valuesOf(table, given);
  if (!areValuesOf(table, values)) throw new TypeError("valuesOf checks every value");
  return values;
}

function areValuesOf<Table extends OptionTable>(table: Table, values: Readonly<Record<string, unknown>>): values is ValuesOf<Table> {
  return Object.entries(table).every(([key, spec]) => spec.accepts(values[key]));
}
