/** The element types of tensors, and their values on the host. */

/** PyTorch's names. Kernels compute in float32 with either; float16 only says how values are stored. */
export type DType = "float32" | "float16";

/** Bytes of an element. */
export function bytesOf(dtype: DType): number {
  return dtype === "float16" ? 2 : 4;
}

/** The value of 16 bits: 1 sign, 5 exponent and 10 fraction bits. Source: IEEE 754-2019, section 3.6. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The bits of the nearest float16, ties to even. Values of at least 65520 become infinity. */
export function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65_520) return sign | 0x7c00;
  // Below 2^-14 the distance between neighbours stays 2^-24.
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const units = roundToEven(size * 2 ** (10 - exponent));
  // A carry out of the fraction counts the exponent up, as it should.
  return sign | (exponent === -14 && units < 1024 ? units : ((exponent + 14) << 10) + units);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** The bits of values as float16, with a zero behind an odd number of them: devices copy whole words. */
export function halvesOf(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(Math.ceil(values.length / 2) * 2);
  for (let index = 0; index < values.length; index++) halves[index] = toHalf(values[index] ?? 0);
  return halves;
}

/** The first `count` values of float16 bits. */
export function floatsOf(halves: Uint16Array, count: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) values[index] = fromHalf(halves[index] ?? 0);
  return values;
}
