/**
 * The safetensors container: 8 bytes of header length (little-endian), a JSON header, then the tensors' bytes.
 *
 * Source: https://huggingface.co/docs/safetensors
 */
import { CheckpointError } from "../errors.js";
import { isJsonObject, parseJsonObject } from "./parse-json.js";

/** A tensor of a file: `shape` in the file's own order of axes. */
export interface StoredTensor {
  /** `F32` is the only one this product writes. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const dtypesBySize: Readonly<Record<number, readonly string[]>> = {
  1: ["BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3"],
  2: ["U16", "I16", "F16", "BF16"],
  4: ["U32", "I32", "F32"],
  8: ["U64", "I64", "F64"],
};

/** Bytes of an element; NaN for a type that is not known. */
function bytesOf(dtype: string): number {
  return Number(Object.entries(dtypesBySize).find(([, dtypes]) => dtypes.includes(dtype))?.[0]);
}

const prefixBytes = 8;

/** Wraps float32 values; the bytes are copied. */
export function storeFloat32(shape: readonly number[], values: Float32Array): StoredTensor {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setFloat32(4 * index, value, true));
  return { dtype: "F32", shape, bytes };
}

/** The values of a stored tensor; throws a CheckpointError that begins with `where` when they are not float32. */
export function loadFloat32(tensor: StoredTensor, where: string): Float32Array {
  if (tensor.dtype !== "F32") {
    throw new CheckpointError(`${where}: expected F32 values, got ${tensor.dtype}. Convert the file to float32 first.`);
  }
  const { buffer, byteOffset, byteLength } = tensor.bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  const values = new Float32Array(byteLength / 4);
  for (let index = 0; index < values.length; index++) values[index] = view.getFloat32(4 * index, true);
  return values;
}

/** A file's bytes, tensors in the order of the map. */
export function writeSafetensors(tensors: ReadonlyMap<string, StoredTensor>): Uint8Array {
  let end = 0;
  const entries: Record<string, unknown> = { __metadata__: { format: "pt" } };
  for (const [name, { dtype, shape, bytes }] of tensors) {
    entries[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(entries));
  // Blanks at the header's end keep the values aligned to 8 bytes, so that others may map the file.
  const header = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(prefixBytes + header + end).fill(0x20, prefixBytes, prefixBytes + header);
  new DataView(file.buffer).setBigUint64(0, BigInt(header), true);
  file.set(json, prefixBytes);
  let position = prefixBytes + header;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, position);
    position += bytes.length;
  }
  return file;
}

/** The tensors of a file, sharing its bytes; throws a CheckpointError that begins with `where` when it is not sound. */
export function readSafetensors(file: Uint8Array, where: string): Map<string, StoredTensor> {
  const header = headerLength(file, where);
  const text = new TextDecoder().decode(file.subarray(prefixBytes, prefixBytes + header));
  const values = file.subarray(prefixBytes + header);
  const tensors = new Map<string, StoredTensor>();
  let covered = 0;
  for (const [name, entry] of Object.entries(parseJsonObject(text, `${where}: header`))) {
    if (name === "__metadata__") continue;
    const { dtype, shape, begin, end } = tensorEntry(entry, `${where}: ${name}`);
    if (end > values.length) {
      throw new CheckpointError(
        `${where}: expected ${end} bytes of values for ${name}, got ${values.length}. It is cut short; copy it again.`,
      );
    }
    covered += end - begin;
    tensors.set(name, { dtype, shape, bytes: values.subarray(begin, end) });
  }
  if (covered !== values.length) {
    throw new CheckpointError(`${where}: expected ${covered} bytes of values, got ${values.length}. It is damaged.`);
  }
  return tensors;
}

function headerLength(file: Uint8Array, where: string): number {
  if (file.length < prefixBytes) {
    throw new CheckpointError(`${where}: expected a safetensors file, got ${file.length} bytes.`);
  }
  const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true);
  if (length > BigInt(file.length - prefixBytes)) {
    throw new CheckpointError(
      `${where}: expected a safetensors file, got one whose header would not fit in its ${file.length} bytes. ` +
        "It is cut short or of another format.",
    );
  }
  return Number(length);
}

interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}

function tensorEntry(entry: unknown, where: string): TensorEntry {
  if (isJsonObject(entry) && typeof entry["dtype"] === "string") {
    const { dtype, shape, data_offsets: offsets } = entry;
    if (isCounts(shape) && isCounts(offsets) && offsets.length === 2) {
      const [begin = 0, end = 0] = offsets;
      const bytes = shape.reduce((product, size) => product * size, bytesOf(dtype));
      if (bytes === end - begin) return { dtype, shape, begin, end };
    }
  }
  throw new CheckpointError(
    `${where}: expected a dtype, a shape and the data_offsets that fit them, got ${JSON.stringify(entry)}.`,
  );
}
