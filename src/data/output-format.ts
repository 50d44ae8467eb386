/** The formats in which images are written. */

/** Formats that can be written. */
export const outputFormats = ["png", "jpg", "webp", "tiff", "npy"] as const;
export type OutputFormat = (typeof outputFormats)[number];

const aliases: Readonly<Record<string, OutputFormat>> = { jpeg: "jpg", tif: "tiff" };

/** The channels that a format can hold; absent: any number. Of 2 and 4 in a PNG, the last is its opacity. */
const channelsIn: Readonly<Partial<Record<OutputFormat, readonly number[]>>> = { png: [1, 2, 3, 4], jpg: [1, 3], webp: [1, 3] };

/** The extension of a file's name with its dot, as in `.png`; empty if it has none. */
export function extensionOf(path: string): string {
  return /[^/\\](\.[^./\\]*)$/.exec(path)?.[1] ?? "";
}

/** The format of a file's extension; undefined if that format cannot be written. */
export function outputFormatOf(path: string): OutputFormat | undefined {
  const extension = extensionOf(path).toLowerCase().slice(1);
  return aliases[extension] ?? outputFormats.find((format) => format === extension);
}

/** Whether a format can hold images of this many channels. */
export function holdsChannels(format: OutputFormat, channels: number): boolean {
  return channelsIn[format]?.includes(channels) ?? true;
}

/** The format for images of this many channels whose own format cannot be written or cannot hold them. */
export function defaultFormat(channels: number): OutputFormat {
  return channels === 1 || channels === 3 ? "png" : "tiff";
}

/** Whether a format has 8 bits for a sample and no more. */
export function isShallow(format: OutputFormat): boolean {
  return format === "jpg" || format === "webp";
}

/** Whether a format has an alpha channel beside the colours. */
export function holdsAlpha(format: OutputFormat): boolean {
  return format !== "jpg" && format !== "npy";
}
