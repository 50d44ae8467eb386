/**
 * The safetensors container: 8 bytes of header length (little-endian), a JSON header, then the tensors' bytes.
 *
 * Source: https://huggingface.co/docs/safetensors
 */
import { fromHalf, toHalf } from "../dtype.js";
import { CheckpointError } from "../errors.js";
import { bytesOf, decodeFloat32 } from "./dtype.js";
import { isJsonObject, parseJsonObject, type JsonObject } from "./parse-json.js";

/** A tensor of a file, with its axes in the file's order. */
export interface StoredTensor {
  /** As safetensors names it, such as `F32`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const prefixBytes = 8;
/** A generator's header has about 5 kB. At these limits, parsing needs about a second and 100 MB. */
const HEADER_LIMIT = 8_000_000;
const TENSOR_LIMIT = 100_000;
/** The types of weights. */
export const FLOAT_TYPES: ReadonlySet<string> = new Set(["F64", "F32", "F16", "BF16"]);

/** Copies float32 values into a stored tensor. */
export function storeFloat32(shape: readonly number[], values: Float32Array): StoredTensor {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setFloat32(4 * index, value, true));
  return { dtype: "F32", shape, bytes };
}

/** The values in a stored tensor of float16. Throws a CheckpointError that begins with `where` if one is too large. */
export function storeFloat16(shape: readonly number[], values: Float32Array, where: string): StoredTensor {
  const bytes = new Uint8Array(values.length * 2);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    const bits = toHalf(value);
    if (Number.isFinite(value) && !Number.isFinite(fromHalf(bits))) {
      throw new CheckpointError(`${where}: expected values of at most 65504, the largest float16, got ${value}. Store them as float32.`);
    }
    view.setUint16(2 * index, bits, true);
  });
  return { dtype: "F16", shape, bytes };
}

/** The values of a stored tensor, rounded to float32. Throws a CheckpointError that begins with `where` for other types. */
export function loadFloat32(tensor: StoredTensor, where: string): Float32Array {
  const values = FLOAT_TYPES.has(tensor.dtype) ? decodeFloat32(tensor.dtype, tensor.bytes) : undefined;
  if (values) return values;
  throw new CheckpointError(`${where}: expected values of F64, F32, F16 or BF16, got ${tensor.dtype}. Save them as float32.`);
}

/** A file's bytes, tensors in the order of the map. */
export function writeSafetensors(tensors: ReadonlyMap<string, StoredTensor>): Uint8Array {
  let end = 0;
  const entries: [string, unknown][] = [["__metadata__", { format: "pt" }]];
  for (const [name, { dtype, shape, bytes }] of tensors) {
    entries.push([name, { dtype, shape, data_offsets: [end, end + bytes.length] }]);
    end += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  // Blanks at the end of the header align the values to 8 bytes, so that other programs can map the file.
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

/**
 * The tensors of a file, sharing its bytes.
 *
 * Throws a CheckpointError that begins with `where` for a damaged file: every byte after the header must belong to exactly one
 * tensor.
 */
export function readSafetensors(file: Uint8Array, where: string): Map<string, StoredTensor> {
  const header = headerLength(file, where);
  const entries = parseHeader(file.subarray(prefixBytes, prefixBytes + header), `${where}: header`);
  const values = file.subarray(prefixBytes + header);
  const ranges: Range[] = [];
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(entries)) {
    if (name === "__metadata__") continue;
    const { dtype, shape, begin, end } = tensorEntry(entry, `${where}: ${name}`);
    if (end > values.length) {
      throw new CheckpointError(
        `${where}: expected ${end} bytes of values for ${name}, got ${values.length}. It is cut short; copy it again.`,
      );
    }
    ranges.push({ name, begin, end });
    tensors.set(name, { dtype, shape, bytes: values.subarray(begin, end) });
  }
  checkRanges(ranges, values.length, where);
  return tensors;
}

function parseHeader(bytes: Uint8Array, where: string): JsonObject {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CheckpointError(`${where}: expected a text in UTF-8, got other bytes.`);
  }
  const entries = parseJsonObject(text, where);
  checkNames(text, entries, where);
  return entries;
}

/** JSON.parse keeps only the last of equal keys. A file that hides tensors in this way is refused. */
function checkNames(text: string, entries: JsonObject, where: string): void {
  let depth = 0;
  let names = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (quoted && character === "\\") index++;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    // In valid JSON, each name of the outermost object is followed by one colon.
    else if (character === ":" && depth === 1) names++;
  }
  if (names > TENSOR_LIMIT) throw new CheckpointError(`${where}: expected at most ${TENSOR_LIMIT} tensors, got ${names}.`);
  if (names === Object.keys(entries).length) return;
  throw new CheckpointError(`${where}: expected different names, got ${doubledName(text)} twice. It is damaged.`);
}

/** The first name that the outermost object of a valid JSON text has twice, in quotes. */
function doubledName(text: string): string {
  const seen = new Set<string>();
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/gs)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && token.endsWith(":")) {
      const name = JSON.stringify(JSON.parse(token.slice(0, -1)));
      if (seen.has(name)) return name.slice(0, 100);
      seen.add(name);
    }
  }
  return "one";
}

interface Range {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/** Throws unless the sorted ranges follow each other without an overlap or a hole. */
function checkRanges(ranges: readonly Range[], length: number, where: string): void {
  let position = 0;
  let previous = "the header";
  for (const { name, begin, end } of ranges.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) {
      const what = begin < position ? `${position - begin} bytes that both have` : `a hole of ${begin - position} bytes`;
      throw new CheckpointError(`${where}: expected ${name} right behind ${previous}, got ${what}. It is damaged.`);
    }
    [position, previous] = [end, name];
  }
  if (position !== length) {
    throw new CheckpointError(`${where}: expected ${position} bytes of values, got ${length}. It is damaged.`);
  }
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
  if (length > HEADER_LIMIT) {
    throw new CheckpointError(`${where}: expected a header of at most ${HEADER_LIMIT} bytes, got ${length}.`);
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
    if (!Number.isFinite(bytesOf(dtype))) {
      throw new CheckpointError(`${where}: expected a known dtype such as F32, got ${JSON.stringify(dtype.slice(0, 20))}.`);
    }
    if (isCounts(shape) && isCounts(offsets) && offsets.length === 2) {
      const [begin = 0, end = 0] = offsets;
      const bytes = shape.reduce((product, size) => product * size, bytesOf(dtype));
      if (bytes === end - begin) return { dtype, shape, begin, end };
    }
  }
  throw new CheckpointError(
    `${where}: expected a dtype, a shape and the data_offsets that fit them, got ${describeEntry(entry)}.`,
  );
}

/** The entry in a few words. JSON.stringify would recurse as deeply as a hostile file makes it. */
function describeEntry(entry: unknown): string {
  if (!isJsonObject(entry)) return Array.isArray(entry) ? "an array" : JSON.stringify(entry).slice(0, 40);
  const numbers = (value: unknown): string => (isCounts(value) ? `[${value.slice(0, 8).join(", ")}]` : "no list of counts");
  const { dtype, shape, data_offsets: offsets } = entry;
  const type = typeof dtype === "string" ? dtype.slice(0, 20) : "none";
  return `dtype ${type}, shape ${numbers(shape)}, data_offsets ${numbers(offsets)}`;
}
