/** The bytes of a PyTorch archive, for the zip library. */
import { Reader } from "@zip.js/zip.js/index-native.js";

const END_SIGNATURE = 0x06054b50;
const END_LENGTH = 22;
/** The zip64 record and its locator, which PyTorch writes before the end record of every archive. */
const ZIP64_SIGNATURE = 0x06064b50;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_LENGTH = 20;
const ZIP64_LENGTH = 56 + LOCATOR_LENGTH;

/** Whether the archive has a zip64 record that it does not need, because the end record has all values itself. */
function hasUnneededZip64(file: Uint8Array): boolean {
  const end = file.length - END_LENGTH;
  if (end < ZIP64_LENGTH) return false;
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const signatures = [view.getUint32(end, true), view.getUint32(end - LOCATOR_LENGTH, true), view.getUint32(end - ZIP64_LENGTH, true)];
  if (signatures.join() !== [END_SIGNATURE, LOCATOR_SIGNATURE, ZIP64_SIGNATURE].join()) return false;
  return view.getUint16(end + 10, true) !== 0xffff && view.getUint32(end + 12, true) !== 0xffffffff && view.getUint32(end + 16, true) !== 0xffffffff;
}

/**
 * Reads an archive without its unneeded zip64 record.
 *
 * The zip library ignores such a record, and takes the gap for data before the archive if a header of the directory happens to
 * be where the directory would then begin. This depends on the length of the archive's name.
 */
export class PthReader extends Reader<Uint8Array> {
  readonly #file: Uint8Array;
  readonly #gap: number;

  constructor(file: Uint8Array) {
    super(file);
    this.#file = file;
    this.#gap = hasUnneededZip64(file) ? ZIP64_LENGTH : 0;
    this.size = file.length - this.#gap;
  }

  override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
    const end = Math.min(index + length, this.size);
    const before = this.size - END_LENGTH;
    if (end <= before) return this.#file.subarray(index, end);
    const head = this.#file.subarray(Math.min(index, before), before);
    const tail = this.#file.subarray(Math.max(index, before) + this.#gap, end + this.#gap);
    const bytes = new Uint8Array(head.length + tail.length);
    bytes.set(head);
    bytes.set(tail, head.length);
    return bytes;
  }
}
