import { DataError } from "../errors.js";
import type { Random } from "../random.js";

/** A pictogram that both artists drew. */
export interface Emoji {
  readonly name: string;
  /** File name of the drawing, made of the code points: `1f600.png`. */
  readonly image: string;
}

/** Which emoji go where. No emoji is in both training sets: nothing in the training pairs A with B. */
export interface EmojiSplit {
  readonly trainA: readonly Emoji[];
  readonly trainB: readonly Emoji[];
  /** Never seen in training; the same in testA and testB, so that a translation can be held against the truth. */
  readonly test: readonly Emoji[];
}

function isEntry(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/**
 * The emoji of one category of emoji-datasource's `emoji.json` which both Google and Twitter drew, in code point order.
 * Skin tones are variants inside an entry there and are left out. Throws a DataError when nothing is found.
 */
export function emojiOfCategory(catalogue: unknown, category: string): Emoji[] {
  const entries = Array.isArray(catalogue) ? catalogue.filter(isEntry) : [];
  const found = entries.flatMap(({ name, image, category: its, has_img_google: google, has_img_twitter: twitter }) =>
    its === category && google === true && twitter === true && typeof name === "string" && typeof image === "string"
      ? [{ name, image }]
      : [],
  );
  if (found.length === 0) {
    throw new DataError(`emoji.json: expected emoji of the category "${category}", got none among ${entries.length}.`);
  }
  return found.sort((a, b) => (a.image < b.image ? -1 : 1));
}

/** Deals the emoji out at random: `testShare` of them held out, the rest halved between trainA and trainB. */
export function splitEmoji(emoji: readonly Emoji[], testShare: number, random: Random): EmojiSplit {
  const byImage = (a: Emoji, b: Emoji): number => (a.image < b.image ? -1 : 1);
  const shuffled = random.permutation(emoji.length).flatMap((index) => emoji[index] ?? []);
  const tests = Math.round(emoji.length * testShare);
  const half = tests + Math.ceil((emoji.length - tests) / 2);
  return {
    test: shuffled.slice(0, tests).sort(byImage),
    trainA: shuffled.slice(tests, half).sort(byImage),
    trainB: shuffled.slice(half).sort(byImage),
  };
}

function isEmoji(value: unknown): value is Emoji {
  return isEntry(value) && typeof value["name"] === "string" && typeof value["image"] === "string";
}

/** The split that a data set's manifest records, provided it was made with these settings. */
export function parseManifest(manifest: unknown, settings: unknown): EmojiSplit | undefined {
  if (!isEntry(manifest) || JSON.stringify(manifest["settings"]) !== JSON.stringify(settings)) return undefined;
  const list = (key: string): Emoji[] => {
    const value = manifest[key];
    return Array.isArray(value) ? value.filter(isEmoji) : [];
  };
  return { trainA: list("trainA"), trainB: list("trainB"), test: list("test") };
}
