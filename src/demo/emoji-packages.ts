/** The npm packages that hold the demo's drawings, with their licences. */
import type { PinnedPackage } from "../driver/npm-package.js";

/** One artist's drawings of the emoji, with credits. */
export interface EmojiSource {
  readonly vendor: "google" | "twitter";
  readonly title: string;
  readonly licence: string;
  readonly pack: PinnedPackage;
}

function pinned(vendor: string, integrity: string, size: number): PinnedPackage {
  const others = new Set(["emoji.json", "LICENSE", "README.md"]);
  return {
    name: `emoji-datasource-${vendor}`,
    version: "16.0.0",
    integrity,
    size,
    keep: (path) => others.has(path) || path.startsWith(`img/${vendor}/64/`),
  };
}

/** Domain A and domain B of the demo. */
export const emojiSources: Readonly<Record<"A" | "B", EmojiSource>> = {
  A: {
    vendor: "google",
    title: "Google Noto Emoji",
    licence: "Copyright Google LLC, Apache License 2.0: https://github.com/googlefonts/noto-emoji",
    pack: pinned(
      "google",
      "sha512-ZRexfzs7MVoLnmzZmNsO4TKhnAJp5D++Vm6PpUpH/jEQQlemp3l88CjZ+DoZ2faM9R4QxZkOPJCoT8DlPhfQ3A==",
      74_344_091,
    ),
  },
  B: {
    vendor: "twitter",
    title: "Twemoji",
    licence: "Copyright Twitter, Inc and other contributors, CC BY 4.0: https://github.com/jdecked/twemoji",
    pack: pinned(
      "twitter",
      "sha512-7F+uCuHH+7Qnrc15P5tnbvKkg9E6tlzi4MnT2uW1RlN4pLYTza6cP/dstIfSDMtpjFLWuZewWg8jBbuL2eyELQ==",
      61_683_754,
    ),
  },
};
