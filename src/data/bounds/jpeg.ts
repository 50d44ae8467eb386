/** Refuses JPEG files that take much longer than their pixels: each scan goes over the whole image. */
import { DataError } from "../../errors.js";

/** Encoders make some ten scans. */
const MOST_SCANS = 100;
/** Segments in front of the pixels, such as thumbnails, depth maps and colour profiles. */
const MOST_SEGMENTS = 100_000;
/** Their bytes together. */
const MOST_METADATA = 2 ** 25;

const END = 0xd9;
const SCAN = 0xda;

/** Markers without a length: TEM, restarts, and the start of the image. */
function isBare(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

/** The place of the marker after the data of a scan. */
function endOfScan(file: Buffer, start: number): number {
  for (let at = file.indexOf(0xff, start); at >= 0; at = file.indexOf(0xff, at + 1)) {
    const next = file[at + 1] ?? END;
    // 0 stands for 0xff in the data, and another 0xff fills.
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return file.length;
}

/** Throws a DataError for a file with too many scans or too much beside the pixels. */
export function boundJpeg(file: Buffer): void {
  let [scans, segments, metadata] = [0, 0, 0];
  let at = 2;
  while (at + 4 <= file.length && file[at] === 0xff) {
    const marker = file[at + 1] ?? END;
    if (marker === END) return;
    if (marker === 0xff || isBare(marker)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const length = file.readUInt16BE(at + 2);
    at += 2 + length;
    if (marker === SCAN) at = endOfScan(file, at);
    if (marker === SCAN) scans++;
    if (marker >= 0xe0) metadata += length;
    if (scans > MOST_SCANS) throw new DataError(`a JPEG of more than ${MOST_SCANS} scans`);
    if (++segments > MOST_SEGMENTS) throw new DataError(`a JPEG of more than ${MOST_SEGMENTS} segments`);
    if (metadata > MOST_METADATA) throw new DataError(`a JPEG with more than ${MOST_METADATA} bytes beside the pixels`);
  }
}
