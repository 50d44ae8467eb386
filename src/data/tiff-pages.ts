/** The pages of a TIFF file: what their tags say, and pages with other tags for the same pixels. Source: TIFF 6.0, BigTIFF. */

/** Numbers of tags. */
export const tags = {
  subfile: 254, width: 256, height: 257, bits: 258, compression: 259, photometric: 262, fillOrder: 266, stripOffsets: 273,
  orientation: 274, samples: 277, rowsPerStrip: 278, stripBytes: 279, planar: 284, predictor: 317, tileWidth: 322, tileHeight: 323,
  tileOffsets: 324, tileBytes: 325, extraSamples: 338, sampleFormat: 339,
} as const;

/** Bytes of a value, by its type: bytes, shorts, longs and 64-bit longs. Values of other types are not read. */
const bytesOf: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 };
const SHORT = 3;
const LONG = 4;

/** An entry of a page's directory: values of one type at a place in the file. */
interface Entry {
  readonly type: number;
  readonly count: number;
  readonly place: number;
}

export type TiffPage = ReadonlyMap<number, Entry>;

/** Reads and writes numbers in a file's byte order. BigTIFF has 8 bytes for each count and place. */
class Layout {
  readonly isBig: boolean;
  readonly #isLittle: boolean;
  readonly #file: Buffer;

  constructor(file: Buffer) {
    this.#file = file;
    this.#isLittle = file[0] === 0x49;
    this.isBig = this.read(2, 2) === 43;
  }

  /** Bytes of a place in the file, of the number of entries in a directory, and of an entry. */
  get sizes(): { readonly place: 4 | 8; readonly count: 2 | 8; readonly entry: 12 | 20 } {
    return this.isBig ? { place: 8, count: 8, entry: 20 } : { place: 4, count: 2, entry: 12 };
  }

  /** 0 past the end of the file. */
  read(at: number, bytes: number): number {
    const file = this.#file;
    if (at + bytes > file.length) return 0;
    if (bytes === 8) return Number(this.#isLittle ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at));
    return this.#isLittle ? file.readUIntLE(at, bytes) : file.readUIntBE(at, bytes);
  }

  write(target: Buffer, value: number, at: number, bytes: number): void {
    if (bytes === 8) {
      if (this.#isLittle) target.writeBigUInt64LE(BigInt(value), at);
      else target.writeBigUInt64BE(BigInt(value), at);
    } else if (this.#isLittle) target.writeUIntLE(value, at, bytes);
    else target.writeUIntBE(value, at, bytes);
  }
}

/** The first `most` pages of a file. */
export function tiffPages(file: Buffer, most: number): TiffPage[] {
  const layout = new Layout(file);
  const { place, count, entry } = layout.sizes;
  const pages: TiffPage[] = [];
  let at = layout.read(layout.isBig ? 8 : 4, place);
  while (at > 0 && pages.length < most) {
    const entries = layout.read(at, count);
    const first = at + count;
    const page = new Map<number, Entry>();
    for (let each = first; each < first + entries * entry && each < file.length; each += entry) {
      const type = layout.read(each + 2, 2);
      const values = layout.read(each + 4, place);
      const inline = each + 4 + place;
      const isInline = values * (bytesOf[type] ?? Infinity) <= place;
      page.set(layout.read(each, 2), { type, count: values, place: isInline ? inline : layout.read(inline, place) });
    }
    pages.push(page);
    at = layout.read(first + entries * entry, place);
  }
  return pages;
}

/** At most this many values of a tag are read. */
const MOST_VALUES = 64;

/** The values of a tag, as far as they matter; none if the page does not have it. */
export function tagValues(file: Buffer, page: TiffPage, tag: number): number[] {
  const { type = 0, count = 0, place = 0 } = page.get(tag) ?? {};
  const bytes = bytesOf[type];
  if (bytes === undefined) return [];
  const layout = new Layout(file);
  return Array.from({ length: Math.min(count, MOST_VALUES) }, (_, index) => layout.read(place + index * bytes, bytes));
}

/** What a new page has for a tag: a number, or all or a part of the values of an old page, such as `[273, 0.5, 1]`. */
export type NewTag = readonly [tag: number, value: number] | readonly [tag: number, page: TiffPage, start: number, end: number];

/** The file with other pages. The bytes of the old ones stay, so that new ones can have their pixels. */
export function withPages(file: Buffer, pages: readonly (readonly NewTag[])[]): Buffer {
  const layout = new Layout(file);
  const { place, count, entry } = layout.sizes;
  const start = file.length + (file.length % 2);
  const directories: Buffer[] = [];
  let at = start;
  for (const [index, page] of pages.entries()) {
    const directory = Buffer.alloc(count + page.length * entry + place);
    layout.write(directory, page.length, 0, count);
    for (const [each, tag] of page.entries()) writeTag(layout, directory, count + each * entry, tag);
    at += directory.length;
    if (index < pages.length - 1) layout.write(directory, at, directory.length - place, place);
    directories.push(directory);
  }
  const changed = Buffer.concat([file, Buffer.alloc(file.length % 2), ...directories]);
  layout.write(changed, start, layout.isBig ? 8 : 4, place);
  return changed;
}

function writeTag(layout: Layout, directory: Buffer, at: number, [tag, ...values]: NewTag): void {
  const { place } = layout.sizes;
  const write = (type: number, count: number): void => {
    layout.write(directory, tag, at, 2);
    layout.write(directory, type, at + 2, 2);
    layout.write(directory, count, at + 4, place);
  };
  const inline = at + 4 + place;
  const [value, start = 0, end = 0] = values;
  if (typeof value === "number") {
    const type = value < 2 ** 16 ? SHORT : LONG;
    write(type, 1);
    layout.write(directory, value, inline, bytesOf[type] ?? 0);
    return;
  }
  const { type = 0, place: from = 0 } = value?.get(tag) ?? {};
  const bytes = bytesOf[type] ?? 0;
  write(type, end - start);
  if ((end - start) * bytes > place) layout.write(directory, from + start * bytes, inline, place);
  else for (let each = start; each < end; each++) layout.write(directory, layout.read(from + each * bytes, bytes), inline + (each - start) * bytes, bytes);
}
