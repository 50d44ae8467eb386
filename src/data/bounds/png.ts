/** Drops the chunks of a PNG file that its pixels do not need: a few bytes of compressed text may stand for gigabytes. */

/** Optional chunks that decide what the image looks like. */
const KEPT: ReadonlySet<string> = new Set(["tRNS", "eXIf", "gAMA", "cHRM", "sRGB", "sBIT", "iCCP"]);
/** The largest that is kept, in bytes. */
const MOST = 2 ** 20;
/** The same for a colour profile, which is compressed: 2¹⁶ bytes become at most 68 million. */
const MOST_OF_PROFILE = 2 ** 16;

const SIGNATURE = 8;
/** Length and type in front of a chunk's data, and the checksum behind it. */
const FRAME = 12;

/** The part of a file from `start` to `end`. */
type Part = readonly [start: number, end: number];

/** The parts to keep. What cannot be read as chunks is kept, so that the decoder refuses it. */
function keptParts(file: Buffer): Part[] {
  const parts: [start: number, end: number][] = [[0, SIGNATURE]];
  const seen = new Set<string>();
  let at = SIGNATURE;
  while (at + FRAME <= file.length) {
    const end = at + FRAME + file.readUInt32BE(at);
    const type = file.toString("latin1", at + 4, at + 8);
    if (end > file.length || !/^[A-Za-z]{4}$/.test(type) || type === "IEND") break;
    // The first letter of an optional chunk is small.
    const isNeeded = /^[A-Z]/.test(type) || (KEPT.has(type) && !seen.has(type) && end - at <= (type === "iCCP" ? MOST_OF_PROFILE : MOST));
    seen.add(type);
    const last = parts.at(-1);
    if (isNeeded && last?.[1] === at) last[1] = end;
    else if (isNeeded) parts.push([at, end]);
    at = end;
  }
  return [...parts, [at, file.length]];
}

/** The file without such chunks. `reuse`: its memory may be overwritten. */
export function boundPng(file: Buffer, reuse: boolean): Buffer {
  const parts = keptParts(file);
  const length = parts.reduce((sum, [start, end]) => sum + end - start, 0);
  if (length === file.length) return file;
  const target = reuse ? file : Buffer.alloc(length);
  let at = 0;
  for (const [start, end] of parts) at += file.copy(target, at, start, end);
  return target.subarray(0, at);
}
