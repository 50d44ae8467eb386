/** The element types of stored tensors and their values as float32. */
import { fromHalf } from "../dtype.js";

type Decoder = (view: DataView, offset: number) => number;

interface ElementType {
  readonly bytes: number;
  /** Absent for types that exist in files but cannot be read as float32 here. */
  readonly decode?: Decoder;
}

const scratch = new DataView(new ArrayBuffer(4));

function bfloat16(view: DataView, offset: number): number {
  scratch.setUint16(0, view.getUint16(offset, true));
  return scratch.getFloat32(0);
}

/** Names as in safetensors. */
const elementTypes: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ["F64", { bytes: 8, decode: (view, offset) => view.getFloat64(offset, true) }],
  ["F32", { bytes: 4, decode: (view, offset) => view.getFloat32(offset, true) }],
  ["F16", { bytes: 2, decode: (view, offset) => fromHalf(view.getUint16(offset, true)) }],
  ["BF16", { bytes: 2, decode: bfloat16 }],
  ["I64", { bytes: 8, decode: (view, offset) => Number(view.getBigInt64(offset, true)) }],
  ["I32", { bytes: 4, decode: (view, offset) => view.getInt32(offset, true) }],
  ["I16", { bytes: 2, decode: (view, offset) => view.getInt16(offset, true) }],
  ["I8", { bytes: 1, decode: (view, offset) => view.getInt8(offset) }],
  ["U64", { bytes: 8, decode: (view, offset) => Number(view.getBigUint64(offset, true)) }],
  ["U32", { bytes: 4, decode: (view, offset) => view.getUint32(offset, true) }],
  ["U16", { bytes: 2, decode: (view, offset) => view.getUint16(offset, true) }],
  ["U8", { bytes: 1, decode: (view, offset) => view.getUint8(offset) }],
  ["BOOL", { bytes: 1, decode: (view, offset) => view.getUint8(offset) }],
  ["F8_E5M2", { bytes: 1 }],
  ["F8_E4M3", { bytes: 1 }],
]);

/** Bytes of an element; NaN for a type that is not known. */
export function bytesOf(dtype: string): number {
  return elementTypes.get(dtype)?.bytes ?? Number.NaN;
}

/** Little-endian values rounded to float32; undefined for a type that has no such values. */
export function decodeFloat32(dtype: string, bytes: Uint8Array): Float32Array | undefined {
  const type = elementTypes.get(dtype);
  if (type?.decode === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(Math.floor(bytes.byteLength / type.bytes));
  for (let index = 0; index < values.length; index++) values[index] = type.decode(view, index * type.bytes);
  return values;
}
