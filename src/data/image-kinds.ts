/** Kinds of image files, by the first bytes of their content: extensions are often wrong. */

/** The kinds that can be read. */
export type Format = "png" | "jpeg" | "webp" | "tiff" | "bmp" | "gif" | "avif" | "npy";

const readable: ReadonlyArray<readonly [Format, RegExp]> = [
  ["png", /^\x89PNG\r\n/],
  ["jpeg", /^\xff\xd8\xff/],
  ["webp", /^RIFF....WEBP/s],
  ["tiff", /^(II\*\0|MM\0\*|II\+\0|MM\0\+)/],
  ["bmp", /^BM/],
  ["gif", /^GIF8[79]a/],
  ["avif", /^....ftypavi[fs]/s],
  ["npy", /^\x93NUMPY/],
];

const toJpeg = "Convert it to JPEG or PNG";
const toJpegFirst = `${toJpeg} first, for example with heif-convert or ImageMagick`;
const foreign: ReadonlyArray<readonly [kind: string, advice: string, pattern: RegExp]> = [
  ["a HEIC image, as phones make", toJpegFirst, /^....ftyp(hei[cxms]|hev[cmsx]|mif1|msf1)/s],
  ["a JPEG XL image", toJpeg, /^(\xff\n|\0\0\0\fJXL )/],
  ["a JPEG 2000 image", toJpeg, /^(\0\0\0\fjP {2}|\xff\x4f\xff\x51)/],
  ["a Photoshop file", toJpeg, /^8BPS/],
];
/** Texts and documents, which a file may be whose name says nothing of an image. */
const documents: typeof foreign = [
  ["a portable pixmap (PPM, PGM)", toJpeg, /^P[1-7][\s#]/],
  ["a text of markup, such as SVG or HTML", toJpeg, /^\s*<[?!a-zA-Z]/],
  ["a PDF", toJpeg, /^%PDF/],
];

/** The first bytes as text of one byte a character. */
function startOf(file: Uint8Array): string {
  return String.fromCharCode(...file.subarray(0, 32));
}

/** The sizes of a BMP's second header: "BM" may also begin a text. */
const BMP_HEADERS: ReadonlySet<number> = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

/** The kind of an image that can be read, for a file whose name says nothing of an image; undefined for any other file. */
export function formatOfUnnamed(file: Uint8Array): Format | undefined {
  const format = formatOf(file);
  return format === "bmp" && !hasBmpHeader(file) ? undefined : format;
}

function hasBmpHeader(file: Uint8Array): boolean {
  return file.length >= 18 && BMP_HEADERS.has(new DataView(file.buffer, file.byteOffset).getUint32(14, true));
}

/** The kind of an image that can be read; undefined for any other file. */
export function formatOf(file: Uint8Array): Format | undefined {
  const start = startOf(file);
  return readable.find(([, pattern]) => pattern.test(start))?.[0];
}

/** What a file is that cannot be read, and what to do. */
export interface Foreign {
  readonly kind: string;
  readonly advice: string;
}

function foreignOf(file: Uint8Array, kinds: typeof foreign): Foreign | undefined {
  const start = startOf(file);
  const [kind, advice] = kinds.find(([, , pattern]) => pattern.test(start)) ?? [];
  return kind === undefined || advice === undefined ? undefined : { kind, advice };
}

/** What a file that should be an image is instead; undefined if it is not known. */
export function foreignImage(file: Uint8Array): Foreign | undefined {
  return foreignOf(file, [...foreign, ...documents]);
}

/** The kind of an image that cannot be read, for a file whose name says nothing of an image; undefined for any other file. */
export function foreignUnnamed(file: Uint8Array): Foreign | undefined {
  return foreignOf(file, foreign);
}
