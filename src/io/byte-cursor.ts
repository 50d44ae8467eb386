import { CheckpointError } from "../errors.js";

/** The longest text accepted in a pickle, in bytes. Names have a few dozen. */
const TEXT_LIMIT = 2 ** 20;

/** Reads little-endian values one after the other. Throws a CheckpointError instead of reading past the end. */
export class ByteCursor {
  readonly bytes: Uint8Array;
  readonly where: string;
  position: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, where: string, position = 0) {
    this.bytes = bytes;
    this.where = where;
    this.position = position;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  fail(expected: string, got: string): never {
    throw new CheckpointError(`${this.where}: expected ${expected}, got ${got} at byte ${this.position}.`);
  }

  /** Advances by `count` bytes and returns the position of the first. */
  skip(count: number): number {
    const start = this.position;
    const left = this.bytes.length - start;
    if (count > left) {
      throw new CheckpointError(`${this.where}: expected ${count} more bytes at byte ${start}, got ${left}. It is cut short; copy it again.`);
    }
    this.position += count;
    return start;
  }

  take(count: number): Uint8Array {
    const start = this.skip(count);
    return this.bytes.subarray(start, start + count);
  }

  uint8(): number {
    return this.#view.getUint8(this.skip(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  /** A length of 8 bytes. Beyond 2⁵³ it is rounded, but no file is that long. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.skip(8), true));
  }

  /** A big-endian double, as in pickles. */
  float64(): number {
    return this.#view.getFloat64(this.skip(8), false);
  }

  utf8(length: number): string {
    if (length > TEXT_LIMIT) this.fail(`a text of at most ${TEXT_LIMIT} bytes`, `one of ${length}`);
    const bytes = this.take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return this.fail("a text in UTF-8", "other bytes");
    }
  }

  /** The text up to the next line feed, without it. */
  line(): string {
    const rest = this.bytes.subarray(this.position, this.position + 1024);
    const length = rest.indexOf(0x0a);
    if (length < 0) this.fail("a line of at most 1024 bytes", "none");
    const text = this.utf8(length);
    this.position++;
    return text;
  }

  /** An integer in two's complement; a number if that is exact. */
  integer(length: number): number | bigint {
    if (length > 16) this.fail("an integer of at most 16 bytes", `one of ${length}`);
    let value = 0n;
    const bytes = this.take(length);
    for (const byte of bytes.toReversed()) value = value * 256n + BigInt(byte);
    value = BigInt.asIntN(8 * length, value);
    const rounded = Number(value);
    return Number.isSafeInteger(rounded) ? rounded : value;
  }
}
