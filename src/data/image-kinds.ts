/** Kinds of image files, by the first bytes of their content: extensions are often wrong. */

/** The kinds that can be read. */
export type Format = "png" | "jpeg" | "webp" | "tiff" | "bmp" | "gif" | "avif";

const readable: ReadonlyArray<readonly [Format, RegExp]> = [
  ["png", /^\x89PNG\r\n/],
  ["jpeg", /^\xff\xd8\xff/],
  ["webp", /^RIFF....WEBP/s],
  ["tiff", /^(II\*\0|MM\0\*|II\+\0|MM\0\+)/],
  ["bmp", /^BM/],
  ["gif", /^GIF8[79]a/],
  ["avif", /^....ftypavi[fs]/s],
];

const toJpeg = "Convert it to JPEG or PNG";
const foreign: ReadonlyArray<readonly [kind: string, advice: string, pattern: RegExp]> = [
  ["a HEIC image, as phones make", `${toJpeg} first, for example with heif-convert or ImageMagick`, /^....ftyp(hei[cxms]|hev[cmsx]|mif1|msf1)/s],
  ["a JPEG XL image", toJpeg, /^(\xff\n|\0\0\0\fJXL )/],
  ["a JPEG 2000 image", toJpeg, /^(\0\0\0\fjP {2}|\xff\x4f\xff\x51)/],
  ["a portable pixmap (PPM, PGM)", toJpeg, /^P[1-7][\s#]/],
  ["a Photoshop file", toJpeg, /^8BPS/],
  ["a text of markup, such as SVG or HTML", toJpeg, /^\s*<[?!a-zA-Z]/],
  ["a PDF", toJpeg, /^%PDF/],
];

/** The first bytes as text of one byte a character. */
function startOf(file: Uint8Array): string {
  return Buffer.from(file.buffer, file.byteOffset, Math.min(file.length, 32)).toString("latin1");
}

/** The kind of an image that can be read; undefined for any other file. */
export function formatOf(file: Uint8Array): Format | undefined {
  const start = startOf(file);
  return readable.find(([, pattern]) => pattern.test(start))?.[0];
}

/** What a file that is no readable image is, and what to do; undefined if it is not known. */
export function foreignImage(file: Uint8Array): { readonly kind: string; readonly advice: string } | undefined {
  const start = startOf(file);
  const [kind, advice] = foreign.find(([, , pattern]) => pattern.test(start)) ?? [];
  return kind === undefined || advice === undefined ? undefined : { kind, advice };
}
