/** Reads label images: PNG files whose pixels are class numbers, or colours of a table. */
import { DataError } from "../errors.js";
import { decodeSamples, imageFormat, type DecodeOptions } from "./decode.js";
import type { Samples } from "./flatten.js";
import type { Image } from "./image.js";
import { hexOf, IGNORED, type Color, type LabelClasses } from "./label-classes.js";
import { pngHeader, withoutPalette, type PngHeader } from "./palette-png.js";

/** A file of labels, as far as that does not depend on the classes. */
interface LabelFile {
  readonly path: string;
  readonly header: PngHeader;
  readonly palette: readonly Color[];
}

/**
 * Reads a label image: one channel of class numbers, 255 for pixels that count nowhere.
 *
 * Gray PNG files and those with a palette hold numbers, of the palette's entries and not of its colours; in RGB, each pixel has the
 * colour of its class. Throws a DataError that names the file, and the first pixel that is no class, an UnreachableError if its
 * disk does not answer.
 */
export async function decodeLabels(path: string, classes: LabelClasses, options: Pick<DecodeOptions, "maxPixels"> = {}): Promise<Image> {
  let label: LabelFile | undefined;
  let format = "";
  const samples = await decodeSamples(path, options, (file) => {
    format = imageFormat(file);
    const header = pngHeader(file);
    const isIndexed = format === "png" && header.kind === "palette";
    const { gray, palette } = isIndexed ? withoutPalette(file) : { gray: file, palette: [] };
    label = { path, header, palette };
    return gray;
  });
  if (!label || format !== "png") {
    throw new DataError(`${path}: expected labels as a PNG file, which keeps every value, got ${format}. Convert it from its source.`);
  }
  if (!(samples.data instanceof Uint8Array)) throw new DataError(`${path}: expected labels of 8 bits, got 16. Convert it to 8 bits.`);
  const data = label.header.kind === "colour" ? labelsOfColors(label, samples, classes) : labelsOfNumbers(label, samples, classes);
  return { width: samples.width, height: samples.height, channels: 1, data };
}

function placeOf(pixel: number, { width }: Samples): string {
  return `(${pixel % width}, ${Math.floor(pixel / width)})`;
}

function labelsOfNumbers({ path, header, palette }: LabelFile, samples: Samples, { names, colors }: LabelClasses): Uint8Array {
  // Decoders stretch samples of fewer bits to 8.
  const step = header.depth < 8 ? 255 / (2 ** header.depth - 1) : 1;
  const labels = Uint8Array.from({ length: samples.width * samples.height }, (_, pixel) => (samples.data[pixel * samples.channels] ?? 0) / step);
  const odd = labels.findIndex((label) => label >= names.length && label !== IGNORED);
  if (odd >= 0) {
    throw new DataError(
      `${path}: expected class numbers below ${names.length}, or ${IGNORED} for pixels that count nowhere, ` +
        `got ${labels[odd]} at ${placeOf(odd, samples)}. Use --classes or classes.json for more classes.`,
    );
  }
  if (colors) checkPalette(path, labels, palette, { names, colors });
  return labels;
}

/** Throws a DataError if the palette shows a class in the colour of another: a program has then reordered it, as some do to save space. */
function checkPalette(path: string, labels: Uint8Array, palette: readonly Color[], { names, colors }: Required<Pick<LabelClasses, "names" | "colors">>): void {
  const shown = palette.map(hexOf);
  const wanted = colors.map(hexOf);
  for (const label of new Set(labels)) {
    const other = wanted.indexOf(shown[label] ?? "");
    if (other < 0 || other === label) continue;
    throw new DataError(
      `${path}: expected the number of ${names[other]}, ${other}, for its colour ${shown[label]}, got ${label}, which is ` +
        `${names[label] ?? "no class"}. A program has reordered the palette: save it as RGB or in the order of the classes.`,
    );
  }
}

function labelsOfColors({ path }: LabelFile, samples: Samples, { names, colors, ignored }: LabelClasses): Uint8Array {
  if (!colors) {
    throw new DataError(
      `${path}: expected class numbers, as a gray image or one with a palette, got colours. ` +
        "Name the colours of the classes in classes.json or by --classes.",
    );
  }
  const known = new Map<number, number>();
  for (const color of ignored) known.set(keyOf(color), IGNORED);
  for (const [label, color] of colors.entries()) known.set(keyOf(color), label);
  const { width, height, channels, data } = samples;
  return Uint8Array.from({ length: width * height }, (_, pixel) => {
    const [red = 0, green = 0, blue = 0] = data.subarray(pixel * channels, pixel * channels + 3);
    const label = known.get(keyOf([red, green, blue]));
    if (label !== undefined) return label;
    throw new DataError(
      `${path}: expected the colours of ${names.length} classes, got ${hexOf([red, green, blue])} at ${placeOf(pixel, samples)}, which is none. ` +
        'Add it to the classes, or as "ignore" if it counts nowhere. Edges that were smoothed have such colours.',
    );
  });
}

function keyOf([red, green, blue]: Color): number {
  return (red << 16) | (green << 8) | blue;
}
