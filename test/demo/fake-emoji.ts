import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { emojiSources } from "../../src/demo/emoji-packages.js";

/** Writes a cache folder as after the download of the emoji of a category, with drawings of one colour and a transparent margin. */
export async function writeFakeEmoji(cacheFolder: string, codes: readonly string[], category = "Food & Drink"): Promise<void> {
  for (const { vendor, pack } of Object.values(emojiSources)) {
    const folder = join(cacheFolder, `${pack.name}-${pack.version}`);
    const images = join(folder, "img", vendor, "64");
    mkdirSync(images, { recursive: true });
    writeFileSync(join(folder, "LICENSE"), "a licence");
    const entries = codes.map((code) => ({ name: code.toUpperCase(), image: `${code}.png`, category, has_img_google: true, has_img_twitter: true }));
    writeFileSync(join(folder, "emoji.json"), JSON.stringify(entries));
    for (const [index, code] of codes.entries()) {
      const background = { r: (index * 60) % 256, g: 255 - ((index * 40) % 256), b: vendor === "google" ? 0 : 200 };
      const shape = sharp({ create: { width: 8, height: 6, channels: 3, background } });
      const transparent = { r: 0, g: 0, b: 0, alpha: 0 };
      await shape.ensureAlpha().extend({ top: 1, bottom: 1, left: 2, right: 2, background: transparent }).png().toFile(join(images, `${code}.png`));
    }
  }
}
