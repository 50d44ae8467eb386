/**
 * The memory of a Buffer as a plain Uint8Array: the methods of a Buffer, such as `slice` and `toString`, do other things
 * than users of the library expect.
 */
export function plainBytes({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
