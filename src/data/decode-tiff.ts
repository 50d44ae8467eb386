/**
 * NOTE: TIFF of many channels. sharp reads gray and RGB with or without opacity, and no more than five samples a pixel. libtiff below it
 * decompresses any strip or tile. So the file gets new pages that each describe a plane, or a page of interleaved samples, as a gray
 * image of 8 bits that is as many times wider as a pixel has bytes. sharp reads these bytes, and the samples are made of them here.
 */
import sharp from "sharp";
import { DataError } from "../errors.js";
import { checkClaim } from "./bounds/bounds.js";
import { MOST_CHANNELS } from "./image.js";
import { sampleTypes, type AnySamples, type FileSamples, type SampleType } from "./stored-samples.js";
import { swapBytes } from "./swap-bytes.js";
import { tags, tagValues, tiffPages, withPages, type NewTag, type TiffPage } from "./tiff-pages.js";

/** The pages of a file that are one image, whose channels follow one another. */
export interface TiffChannels {
  readonly pages: readonly TiffPage[];
  readonly width: number;
  readonly height: number;
  /** Of all pages. */
  readonly channels: number;
  /** Of a page. */
  readonly samples: number;
  readonly type: SampleType;
  readonly hasAlpha: boolean;
}

const GRAYS = [0, 1];
const RGB = 2;
/** Photometric interpretations that sharp converts: palettes, CMYK, YCbCr, Lab. */
const CONVERTED = [3, 5, 6, 8, 9, 10];
const PLANAR = 2;
/** The format of signed integers. */
const SIGNED = 2;
/** Meanings of an extra sample that are opacity. */
const ALPHAS = [1, 2];
/** A reduced image or a mask. */
const NO_IMAGE = 1 | 4;

/** What a page's tags say. */
function describe(file: Buffer, page: TiffPage) {
  const one = (tag: number, initial = 0): number => tagValues(file, page, tag)[0] ?? initial;
  const samples = one(tags.samples, 1);
  return {
    width: one(tags.width),
    height: one(tags.height),
    samples,
    bits: tagValues(file, page, tags.bits),
    formats: tagValues(file, page, tags.sampleFormat),
    photometric: one(tags.photometric),
    isPlanar: one(tags.planar, 1) === PLANAR && samples > 1,
    extra: tagValues(file, page, tags.extraSamples),
    orientation: one(tags.orientation, 1),
    isImage: (one(tags.subfile) & NO_IMAGE) === 0,
  };
}
type Description = ReturnType<typeof describe>;

/** Whether sharp reads a page as it is meant. It reads no doubles, and loses the negative values of signed 16 bits. */
function isUsual({ samples, bits, formats, photometric, extra, isPlanar }: Description): boolean {
  if (bits[0] === 64 || (bits[0] === 16 && formats[0] === SIGNED)) return false;
  if (samples === 1 || CONVERTED.includes(photometric)) return true;
  const hasAlpha = extra.length === 1 && ALPHAS.includes(extra[0] ?? 0);
  if (photometric === RGB) return samples === 3 || (samples === 4 && hasAlpha);
  return samples === 2 && hasAlpha && !isPlanar;
}

function isAlike(one: Description, other: Description): boolean {
  const key = ({ width, height, samples, bits, formats, photometric }: Description): string =>
    JSON.stringify([width, height, samples, bits, formats, photometric]);
  return key(one) === key(other);
}

/**
 * The channels of a file that sharp does not read as one image: those of its first page, or of all its pages, if these are alike and
 * together have as many as wanted, or if neither gray nor RGB is wanted. Undefined for other files. Throws a DataError for samples that
 * cannot be read.
 */
export function tiffChannels(file: Buffer, wanted: number): TiffChannels | undefined {
  const pages = tiffPages(file, 4 * MOST_CHANNELS).filter((page) => describe(file, page).isImage);
  const [first] = pages;
  if (!first) return undefined;
  const page = describe(file, first);
  const { width, height, samples, photometric, extra, orientation } = page;
  const isStack = pages.length > 1 && [...GRAYS, RGB].includes(photometric) && pages.every((other) => isAlike(page, describe(file, other)));
  const together = pages.length * samples;
  const isWanted = isStack && (together === wanted || (wanted !== 1 && wanted !== 3));
  if (!isWanted && isUsual(page)) return undefined;
  if (orientation > 1) throw new DataError(`an orientation beside ${samples} channels. Save it upright, without that tag`);
  const hasAlpha = !isWanted && extra.length === 1 && ALPHAS.includes(extra[0] ?? 0);
  const size = { width, height, samples, type: typeOf(page), hasAlpha };
  return isWanted ? { ...size, pages, channels: together } : { ...size, pages: [first], channels: samples };
}

const FORMATS: Readonly<Record<number, readonly SampleType[]>> = { 1: ["uchar", "ushort", "uint"], 2: ["char", "short", "int"], 3: ["float", "double"] };

function typeOf({ bits, formats }: Description): SampleType {
  const [size = 1] = bits;
  const [format = 1] = formats;
  const type = FORMATS[format]?.find((one) => 8 * sampleTypes[one].array.BYTES_PER_ELEMENT === size);
  const isMixed = bits.some((one) => one !== size) || formats.some((one) => one !== format);
  if (type && !isMixed) return type;
  throw new DataError(`channels of ${isMixed ? "different types" : `${size} bits`}. Save it with 8, 16 or 32 bits, or floats`);
}

/** The channels of some pages. Throws a DataError for too many, and for what cannot be read. */
export async function decodeTiff(file: Buffer, image: TiffChannels, bytes: number, maxPixels: number): Promise<FileSamples> {
  const { pages, width, height, channels, type, hasAlpha } = image;
  checkClaim({ width, height, channels, bytes, format: "tiff" }, maxPixels);
  if (channels > MOST_CHANNELS) throw new DataError(`${channels} channels, more than ${MOST_CHANNELS}`);
  const parts = pages.flatMap((page) => partsOf(file, page, image, maxPixels));
  const rewritten = withPages(file, parts.map((part) => part.page));
  let data: AnySamples | undefined;
  let from = 0;
  for (const [index, part] of parts.entries()) {
    const input = sharp(rewritten, { page: index, failOn: "error", limitInputPixels: false });
    const rows = await input.toColourspace("b-w").raw().toBuffer();
    const samples = samplesIn(rows, part, type, file[0] === LITTLE);
    const { count, row } = part;
    if (samples.length !== row * count * height) throw new DataError("a page of another size than its tags say");
    if (count === channels && row === width) return { width, height, channels, hasAlpha, data: samples };
    data ??= new sampleTypes[type].array(width * height * channels);
    for (let y = 0; y < height; y++) {
      for (let x = 0, at = y * row * count; x < width; x++) {
        for (let channel = 0; channel < count; channel++) data[(y * width + x) * channels + from + channel] = samples[at++] ?? 0;
      }
    }
    from += count;
  }
  if (!data) throw new DataError("no page");
  return { width, height, channels, hasAlpha, data };
}

/** The first byte of files whose numbers begin with the lowest byte. */
const LITTLE = 0x49;

/** A gray page of the bytes of some channels. */
interface Part {
  readonly page: readonly NewTag[];
  /** How many channels. */
  readonly count: number;
  /** Pixels of a row, which is as wide as its tiles together. */
  readonly row: number;
  /** Pixels of a row that are predicted from one another: those of a tile. */
  readonly run: number;
  readonly predictor: number;
}

/** Compressions that do not look at what bytes mean, as far as sharp has them: none, LZW, deflate, PackBits. */
const OF_BYTES = [1, 5, 8, 32773, 32946];
const DIFFERENCES = 2;
const FLOAT_BYTES = 3;

function partsOf(file: Buffer, page: TiffPage, { width, height, samples, type }: TiffChannels, maxPixels: number): Part[] {
  const one = (tag: number): number | undefined => tagValues(file, page, tag)[0];
  const { isPlanar } = describe(file, page);
  const [planes, count] = isPlanar ? [samples, 1] : [1, samples];
  const [predictor = 1, run = width, compression = 1] = [one(tags.predictor), one(tags.tileWidth), one(tags.compression)];
  if (!OF_BYTES.includes(compression)) throw new DataError(`channels in compression ${compression}. Save it uncompressed or with deflate`);
  const isPredicted = [DIFFERENCES, FLOAT_BYTES].includes(predictor);
  const isFloat = type === "float" || type === "double";
  if (predictor > 1 && (!isPredicted || isFloat !== (predictor === FLOAT_BYTES))) {
    throw new DataError(`${type} samples with predictor ${predictor}. Save it without`);
  }
  const isTiled = page.has(tags.tileWidth);
  const row = Math.ceil(width / Math.max(1, run)) * run;
  const { BYTES_PER_ELEMENT: bytes } = sampleTypes[type].array;
  const claimed = isTiled ? Math.max(height, one(tags.tileHeight) ?? 0) : height;
  checkClaim({ width: row, height: claimed, channels: count, bytes, format: "tiff" }, maxPixels);
  const [offsets, lengths] = isTiled ? [tags.tileOffsets, tags.tileBytes] : [tags.stripOffsets, tags.stripBytes];
  const pieces = (page.get(offsets)?.count ?? 0) / planes;
  if (!Number.isSafeInteger(pieces) || pieces < 1 || page.get(lengths)?.count !== pieces * planes) throw new DataError("damaged strips or tiles");
  const kept = [tags.fillOrder, tags.rowsPerStrip, tags.tileHeight].flatMap((tag): NewTag[] => (page.has(tag) ? [[tag, page, 0, 1]] : []));
  return Array.from({ length: planes }, (_, plane): Part => {
    const own: NewTag[] = [
      [tags.width, row * count * bytes],
      [tags.height, height],
      [tags.bits, 8],
      [tags.compression, compression],
      [tags.photometric, 1],
      [tags.samples, 1],
      ...(isTiled ? [[tags.tileWidth, run * count * bytes] satisfies NewTag] : []),
      [offsets, page, plane * pieces, (plane + 1) * pieces],
      [lengths, page, plane * pieces, (plane + 1) * pieces],
    ];
    return { page: [...own, ...kept].sort(([a], [b]) => a - b), count, row, run, predictor };
  });
}

/** The samples in the bytes of a part, whose memory they take over. */
function samplesIn(rows: Buffer<ArrayBuffer>, { count, run, predictor }: Part, type: SampleType, isLittle: boolean): AnySamples {
  const { array } = sampleTypes[type];
  const { BYTES_PER_ELEMENT: size } = array;
  if (predictor === FLOAT_BYTES) joinFloats(rows, run * count, count, size);
  else if (!isLittle) swapBytes(rows, size);
  const samples = new array(rows.buffer, rows.byteOffset, rows.length / size);
  if (predictor === DIFFERENCES) sumRuns(samples, run * count, count);
  return samples;
}

/** Adds to each sample the one `step` before it. The sums start over after every `length` samples, and wrap as their type does. */
function sumRuns(samples: AnySamples, length: number, step: number): void {
  for (let start = 0; start < samples.length; start += length) {
    for (let at = start + step; at < start + length; at++) samples[at] = (samples[at] ?? 0) + (samples[at - step] ?? 0);
  }
}

/** Floats of runs of `length`, each of which has the highest byte of every float first, then the next, as differences. */
function joinFloats(bytes: Uint8Array, length: number, step: number, size: number): void {
  const run = new Uint8Array(length * size);
  sumRuns(bytes, run.length, step);
  for (let start = 0; start < bytes.length; start += run.length) {
    run.set(bytes.subarray(start, start + run.length));
    for (let float = 0; float < length; float++) {
      for (let byte = 0; byte < size; byte++) bytes[start + float * size + byte] = run[(size - 1 - byte) * length + float] ?? 0;
    }
  }
}
