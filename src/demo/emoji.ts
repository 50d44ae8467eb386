/** Which emoji the demo uses, and their split into training and held-out images. */
import { DataError } from "../errors.js";
import { isJsonObject } from "../io/parse-json.js";
import type { Random } from "../random.js";

/** An emoji that both artists drew. */
export interface Emoji {
  readonly name: string;
  /** File name of the drawing, from its code points: `1f600.png`. */
  readonly image: string;
}

/** The emoji of each folder. No emoji is in both training sets, so the training has no pairs. */
export interface EmojiSplit {
  readonly trainA: readonly Emoji[];
  readonly trainB: readonly Emoji[];
  /** Held out. testA and testB hold the same emoji, so that a translation can be compared with the true drawing. */
  readonly test: readonly Emoji[];
}

/**
 * The emoji of some categories of emoji-datasource's `emoji.json` that both Google and Twitter drew, in code point order, without
 * variants of skin tone. Throws a DataError if there are none.
 */
export function emojiOfCategories(catalogue: unknown, categories: readonly string[]): Emoji[] {
  const entries = Array.isArray(catalogue) ? catalogue.filter(isJsonObject) : [];
  const found = entries.flatMap(({ name, image, category: its, has_img_google: google, has_img_twitter: twitter }) =>
    categories.some((wanted) => wanted === its) && google === true && twitter === true && typeof name === "string" && typeof image === "string"
      ? [{ name, image }]
      : [],
  );
  if (found.length === 0) {
    throw new DataError(`emoji.json: expected emoji of the category "${categories.join('" or "')}", got none among ${entries.length}.`);
  }
  return found.sort((a, b) => (a.image < b.image ? -1 : 1));
}

/** Splits the emoji at random: `testShare` of them are held out, the rest is divided equally between trainA and trainB. */
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
