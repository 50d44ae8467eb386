/** A TIFF of one row of float32 gray values, without compression. */
export function floatTiff(values: readonly number[]): Buffer {
  const entries: readonly (readonly [tag: number, type: number, value: number])[] = [
    [256, 4, values.length], // width
    [257, 4, 1], // height
    [258, 3, 32], // bits of a sample
    [259, 3, 1], // no compression
    [262, 3, 1], // black is zero
    [273, 4, 8], // where the values begin
    [277, 3, 1], // samples of a pixel
    [278, 4, 1], // rows of a strip
    [279, 4, 4 * values.length], // bytes of the strip
    [339, 3, 3], // IEEE floats
  ];
  const directory = 8 + 4 * values.length;
  const file = Buffer.alloc(directory + 2 + 12 * entries.length + 4);
  file.write("II*\0", "latin1");
  file.writeUInt32LE(directory, 4);
  for (const [index, value] of values.entries()) file.writeFloatLE(value, 8 + 4 * index);
  file.writeUInt16LE(entries.length, directory);
  for (const [index, [tag, type, value]] of entries.entries()) {
    const at = directory + 2 + 12 * index;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(1, at + 4);
    file.writeUInt32LE(value, at + 8);
  }
  return file;
}
