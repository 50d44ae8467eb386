/** The classes of label images: their names, their colours, and how settings and classes.json write them. */
import { DataError } from "../errors.js";

/** Red, green and blue, 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** The label of pixels that count neither in a loss nor in a figure. */
export const IGNORED = 255;

export interface LabelClasses {
  /** In the order of their numbers, from 0. */
  readonly names: readonly string[];
  /** The colour of each class, if labels may be colours; absent if they are numbers only. */
  readonly colors?: readonly Color[];
  /** Colours of pixels that count nowhere. */
  readonly ignored: readonly Color[];
}

/** The name in a table of colours of those that count nowhere. */
const IGNORE = "ignore";

/** What `parseClasses` reads, for messages. */
export const CLASSES_FORM = "a number of classes from 2 to 255, or names such as sky,road,car, or names with colours such as sky=#87ceeb,road=#808080";

/**
 * Reads classes as settings write them: their number, as in `5`; their names, as in `sky,road,car`; or names and colours, as in
 * `sky=#87ceeb,road=#808080,ignore=#000000`, where pixels of a colour named `ignore` count nowhere.
 *
 * Undefined for any other text: names or colours that occur twice, colours for only some, fewer than 2 classes or more than 255.
 */
export function parseClasses(text: string): LabelClasses | undefined {
  if (/^\d+$/.test(text)) return checked(Array.from({ length: Math.min(Number(text), IGNORED + 1) }, (_, index) => ({ name: String(index) })));
  const entries = text.split(",").map((entry) => {
    const [, name = "", color] = /^\s*([^=]+?)\s*(?:=\s*(#[0-9a-fA-F]{6})\s*)?$/.exec(entry) ?? [];
    return color === undefined ? { name } : { name, color: colorOf(color) };
  });
  return checked(entries);
}

/** The inverse of `parseClasses`. */
export function formatClasses({ names, colors, ignored }: LabelClasses): string {
  if (!colors) return names.every((name, index) => name === String(index)) ? String(names.length) : names.join(",");
  const entries = names.map((name, index) => `${name}=${hexOf(colors[index] ?? [0, 0, 0])}`);
  return [...entries, ...ignored.map((color) => `${IGNORE}=${hexOf(color)}`)].join(",");
}

interface Entry {
  readonly name: string;
  readonly color?: Color;
}

function checked(entries: readonly Entry[]): LabelClasses | undefined {
  const classes = entries.filter(({ name }) => name !== IGNORE);
  const names = classes.map(({ name }) => name);
  const colors = entries.flatMap(({ color }) => (color ? [color] : []));
  const isDistinct = (texts: readonly string[]): boolean => new Set(texts).size === texts.length;
  if (names.length < 2 || names.length > IGNORED || names.includes("")) return undefined;
  if (!isDistinct(names) || !isDistinct(colors.map(hexOf)) || ![0, entries.length].includes(colors.length)) return undefined;
  if (colors.length === 0) return names.length === entries.length ? { names, ignored: [] } : undefined;
  const ignored = entries.flatMap(({ name, color }) => (name === IGNORE && color ? [color] : []));
  return { names, colors: classes.flatMap(({ color }) => (color ? [color] : [])), ignored };
}

/**
 * The classes in the content of a classes.json: a list of objects with `name` and, for labels in colours, `color`, as `[r, g, b]` or
 * `"#rrggbb"`. A colour named `ignore` counts nowhere.
 *
 * Throws a DataError that begins with `where` for any other content.
 */
export function classesOfJson(value: unknown, where: string): LabelClasses {
  const entries = Array.isArray(value) ? value.map(entryOf) : [];
  const classes = entries.every((entry) => entry !== undefined) ? checked(entries) : undefined;
  if (classes) return classes;
  throw new DataError(
    `${where}: expected a list of 2 to ${IGNORED} classes, such as [{ "name": "sky", "color": [135, 206, 235] }, …], each with a name and, ` +
      "if any has one, a colour of its own, got another. Names must not contain commas or equals signs.",
  );
}

function entryOf(value: unknown): Entry | undefined {
  if (typeof value !== "object" || value === null || !("name" in value) || typeof value.name !== "string") return undefined;
  if (value.name.trim() === "" || /[,=]/.test(value.name)) return undefined;
  const name = value.name.trim();
  const given: unknown = "color" in value ? value.color : "colour" in value ? value.colour : undefined;
  if (given === undefined) return { name };
  if (typeof given === "string") return /^#[0-9a-fA-F]{6}$/.test(given) ? { name, color: colorOf(given) } : undefined;
  const isSample = (one: unknown): one is number => typeof one === "number" && Number.isInteger(one) && one >= 0 && one <= 255;
  if (!Array.isArray(given) || given.length !== 3 || !given.every(isSample)) return undefined;
  const [red = 0, green = 0, blue = 0] = given;
  return { name, color: [red, green, blue] };
}

function colorOf(hex: string): Color {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Such as `#87ceeb`. */
export function hexOf([red, green, blue]: Color): string {
  return `#${[red, green, blue].map((sample) => sample.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * The colours in which labels are shown, one for each of 256 numbers: the classes' own, or Pascal VOC's, whose bits are those of
 * the number, spread over the channels. Source: color_map in the VOC2012 development kit.
 */
export function paletteOf({ colors = [], ignored }: LabelClasses): readonly Color[] {
  return Array.from({ length: 256 }, (_, label) => {
    if (label === IGNORED && ignored[0]) return ignored[0];
    return colors[label] ?? vocColor(label);
  });
}

function vocColor(label: number): Color {
  const channel = (offset: number): number => {
    let sample = 0;
    for (let bit = 0; bit < 3; bit++) sample |= ((label >> (3 * bit + offset)) & 1) << (7 - bit);
    return sample;
  };
  return [channel(0), channel(1), channel(2)];
}
