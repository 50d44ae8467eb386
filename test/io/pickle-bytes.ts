/** Pickles and PyTorch files put together by hand, as an attacker would. */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js/index-native.js";

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Bytes one after the other: numbers as single bytes, texts as Latin-1. */
export function bytes(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  const pieces = parts.map((part) => (typeof part === "string" ? latin1(part) : typeof part === "number" ? Uint8Array.of(part) : part));
  return Buffer.concat(pieces);
}

/** A pickle of protocol 2 with the instructions given. */
export function pickle(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return bytes(0x80, 2, ...parts, ".");
}

/** Little-endian, 4 bytes. */
export function uint32(value: number): Uint8Array {
  const four = new Uint8Array(4);
  new DataView(four.buffer).setUint32(0, value, true);
  return four;
}

/** BINUNICODE. */
export function text(value: string): Uint8Array {
  return bytes("X", uint32(value.length), value);
}

/** BININT. */
export function int(value: number): Uint8Array {
  return bytes("J", uint32(value));
}

interface TensorParts {
  readonly key?: string;
  readonly type?: string;
  readonly elements?: number;
  readonly offset?: number;
  readonly shape?: readonly number[];
  readonly strides?: readonly number[];
}

/** A tensor as torch.save writes it; by default one float of storage 0. */
export function tensor(parts: TensorParts = {}): Uint8Array {
  const { key = "0", type = "FloatStorage", elements = 1, offset = 0, shape = [1], strides = [1] } = parts;
  const tuple = (items: readonly number[]): Uint8Array => bytes("(", ...items.map(int), "t");
  const storage = bytes("(", text("storage"), `ctorch\n${type}\n`, text(key), text("cpu"), int(elements), "tQ");
  return bytes("ctorch._utils\n_rebuild_tensor_v2\n(", storage, int(offset), tuple(shape), tuple(strides), 0x89, "}tR");
}

/** A dict with one entry. */
export function dict(name: string, value: Uint8Array): Uint8Array {
  return bytes("}", text(name), value, "s");
}

/** A zip of the files given. */
export async function zip(files: Readonly<Record<string, Uint8Array>>, level = 0): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false, level });
  for (const [name, content] of Object.entries(files)) await writer.add(name, new Uint8ArrayReader(content));
  return writer.close();
}

/** A PyTorch file of a pickle and storages. `stem`: the folder in the zip, which PyTorch names after the file. */
export function pth(dataPickle: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}, stem = "archive"): Promise<Uint8Array> {
  const data = Object.entries(storages).map(([key, content]) => [`${stem}/data/${key}`, content] as const);
  return zip({ [`${stem}/data.pkl`]: dataPickle, ...Object.fromEntries(data) });
}

/** The zip with a zip64 record and its locator before the end record, as PyTorch writes all of its files. */
export function withZip64(file: Uint8Array): Uint8Array {
  const end = file.length - 22;
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const [files, size, offset] = [view.getUint16(end + 10, true), view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  const uint64 = (value: number): Uint8Array => bytes(uint32(value), uint32(0));
  const record = bytes("PK\x06\x06", uint64(44), 0x1e, 3, 0x2d, 0, uint32(0), uint32(0), uint64(files), uint64(files), uint64(size), uint64(offset));
  const locator = bytes("PK\x06\x07", uint32(0), uint64(end), uint32(1));
  return bytes(file.subarray(0, end), record, locator, file.subarray(end));
}
