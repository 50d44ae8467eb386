/** Turns the order of the bytes of each number around, in place. `size`: bytes of a number. */
export function swapBytes(bytes: Buffer, size: number): void {
  if (size === 2) bytes.swap16();
  if (size === 4) bytes.swap32();
  if (size === 8) bytes.swap64();
}
