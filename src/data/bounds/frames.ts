/** Bounds for files of several frames or pages, of which only the first is read. */
import { DataError } from "../../errors.js";

/** The place after a chain of blocks that each begin with their length; 0 ends it. */
function afterBlocks(file: Buffer, start: number): number {
  let at = start;
  while (at < file.length && file[at] !== 0) at += 1 + (file[at] ?? 0);
  return at + 1;
}

/** The bytes of a colour table that a flags byte announces. */
function tableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

const GIF_HEADER = 13;
const EXTENSION = 0x21;
const FRAME = 0x2c;
const TRAILER = 0x3b;

/** A GIF with its first frame only: decoders look at all of them. */
export function boundGif(file: Buffer): Buffer {
  let at = GIF_HEADER + tableBytes(file[10] ?? 0);
  while (file[at] === EXTENSION) at = afterBlocks(file, at + 2);
  if (file[at] !== FRAME) return file;
  // The frame's place and flags, its colours, the size of its codes, its pixels.
  const end = afterBlocks(file, at + 10 + tableBytes(file[at + 9] ?? 0) + 1);
  if (end >= file.length || file[end] === TRAILER) return file;
  return Buffer.concat([file.subarray(0, end), Buffer.of(TRAILER)]);
}

const MOST_PAGES = 10_000;

/** Throws a DataError for a TIFF of too many pages, which the decoder counts. */
export function boundTiff(file: Buffer): void {
  const little = file[0] === 0x49;
  const read = (at: number, bytes: 2 | 4 | 8): number => {
    if (at + bytes > file.length) return 0;
    if (bytes === 8) return Number(little ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at));
    return little ? file.readUIntLE(at, bytes) : file.readUIntBE(at, bytes);
  };
  // BigTIFF has 8 bytes for each count and place.
  const isBig = read(2, 2) === 43;
  const [place, count, entry] = isBig ? ([8, 8, 20] as const) : ([4, 2, 12] as const);
  let at = read(isBig ? 8 : 4, place);
  for (let pages = 0; at > 0; pages++) {
    if (pages > MOST_PAGES) throw new DataError(`a TIFF of more than ${MOST_PAGES} pages`);
    at = read(at + count + read(at, count) * entry, place);
  }
}

const MOST_CHUNKS = 100_000;

/** Throws a DataError for a WebP of too many chunks, such as frames. */
export function boundWebp(file: Buffer): void {
  let at = 12;
  for (let chunks = 0; at + 8 <= file.length; chunks++) {
    if (chunks > MOST_CHUNKS) throw new DataError(`a WebP of more than ${MOST_CHUNKS} chunks`);
    const bytes = file.readUInt32LE(at + 4);
    // Chunks begin at even places.
    at += 8 + bytes + (bytes % 2);
  }
}
