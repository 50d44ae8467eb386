import { describe, expect, test } from "vitest";
import { parseManifest } from "../../src/demo/built-dataset.js";
import { emojiOfCategories, splitEmoji } from "../../src/demo/emoji.js";
import { Random } from "../../src/random.js";

const category = "Smileys & Emotion";

function entry(image: string, changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { name: image.toUpperCase(), image, category, has_img_google: true, has_img_twitter: true, ...changes };
}

const many = Array.from({ length: 101 }, (_, index) => ({ name: `E${index}`, image: `${String(1000 + index)}.png` }));

describe("emojiOfCategories", () => {
  test("keeps what both artists drew, in code point order", () => {
    const catalogue = [
      entry("b.png"),
      entry("a.png"),
      entry("c.png", { has_img_twitter: false }),
      entry("d.png", { category: "Flags" }),
      "nonsense",
    ];
    expect(emojiOfCategories(catalogue, [category]).map(({ image }) => image)).toEqual(["a.png", "b.png"]);
  });

  test("says what is missing", () => {
    expect(() => emojiOfCategories([entry("a.png")], ["Cars"])).toThrow(/category "Cars", got none among 1/);
    expect(() => emojiOfCategories({}, [category])).toThrow(/got none among 0/);
  });
});

describe("splitEmoji", () => {
  const split = splitEmoji(many, 0.2, new Random(0));

  test("no emoji is in two parts, and none is lost", () => {
    const all = [...split.test, ...split.trainA, ...split.trainB].map(({ image }) => image);
    expect(new Set(all).size).toBe(101);
    expect([split.test.length, split.trainA.length, split.trainB.length]).toEqual([20, 41, 40]);
  });

  test("is the same for the same seed and another for another", () => {
    expect(splitEmoji(many, 0.2, new Random(0))).toEqual(split);
    expect(splitEmoji(many, 0.2, new Random(1))).not.toEqual(split);
  });

  test("the held-out emoji come back from a manifest with the same settings only", () => {
    const manifest: unknown = JSON.parse(JSON.stringify({ settings: { seed: 0 }, ...split }));
    expect(parseManifest(manifest, { seed: 0 })).toEqual(split.test);
    expect(parseManifest(manifest, { seed: 1 })).toBeUndefined();
  });
});
