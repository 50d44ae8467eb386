/** The formats in which images are written. */

/** Formats that can be written. */
export const outputFormats = ["png", "jpg", "webp"] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** The extension of a file's name with its dot, as in `.png`; empty if it has none. */
export function extensionOf(path: string): string {
  return /[^/\\](\.[^./\\]*)$/.exec(path)?.[1] ?? "";
}

/** The format of a file's extension; undefined if that format cannot be written. */
export function outputFormatOf(path: string): OutputFormat | undefined {
  const extension = extensionOf(path).toLowerCase().slice(1);
  return extension === "jpeg" ? "jpg" : outputFormats.find((format) => format === extension);
}
