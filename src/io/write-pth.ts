/**
 * Writes a state_dict as torch.save does, as a zip file: an OrderedDict of tensors, each with its own storage.
 *
 * `torch.load` reads it with `weights_only=True`. Source: torch/serialization.py, _save; Python's Lib/pickletools.py.
 */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js/index-native.js";
import { CheckpointError } from "../errors.js";
import { bytesOf } from "./dtype.js";
import type { StoredTensor } from "./safetensors.js";
import { storageClasses } from "./torch-objects.js";

/** The bytes of a pickle: a number is one byte, and a text is written in UTF-8. */
type Part = number | string | Uint8Array;

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** BINUNICODE. */
function text(value: string): Part[] {
  const bytes = new TextEncoder().encode(value);
  return ["X", uint32(bytes.length), bytes];
}

/** BININT, or LONG1 of 8 bytes for larger numbers. */
function integer(value: number): Part[] {
  if (value < 2 ** 31) return ["J", uint32(value)];
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
  return [0x8a, 8, bytes];
}

/** MARK … TUPLE. */
function tuple(...items: readonly (readonly Part[])[]): Part[] {
  return ["(", ...items.flat(), "t"];
}

/** GLOBAL. */
function named(module: string, name: string): Part[] {
  return [`c${module}\n${name}\n`];
}

const emptyDict: readonly Part[] = [...named("collections", "OrderedDict"), ")R"];
const newFalse: readonly Part[] = [0x89];
const classOf: ReadonlyMap<string, string> = new Map([...storageClasses].map(([name, dtype]) => [dtype, name.slice("torch.".length)]));

/** A call of _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks). */
function tensorParts(key: string, { dtype, shape, bytes }: StoredTensor, where: string): Part[] {
  const storageClass = classOf.get(dtype);
  if (storageClass === undefined) throw new CheckpointError(`${where}: expected a type that PyTorch has, got ${dtype}.`);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
  const elements = integer(bytes.length / bytesOf(dtype));
  const storage = [...tuple(text("storage"), named("torch", storageClass), text(key), text("cpu"), elements), "Q"];
  const args = tuple(storage, integer(0), tuple(...shape.map(integer)), tuple(...strides.map(integer)), newFalse, emptyDict);
  return [...named("torch._utils", "_rebuild_tensor_v2"), ...args, "R"];
}

function statePickle(tensors: ReadonlyMap<string, StoredTensor>): Uint8Array {
  const items = [...tensors].flatMap(([name, tensor], index) => text(name).concat(tensorParts(String(index), tensor, name)));
  return join([0x80, 2, ...emptyDict, "(", ...items, "u."]);
}

function join(parts: readonly Part[]): Uint8Array {
  const pieces = parts.map((part) =>
    typeof part === "string" ? new TextEncoder().encode(part) : typeof part === "number" ? Uint8Array.of(part) : part,
  );
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

/** No compression, which PyTorch requires, and no times, so that the same tensors give the same bytes. */
const zipOptions = {
  level: 0,
  useWebWorkers: false,
  extendedTimestamp: false,
  dataDescriptor: false,
  lastModDate: new Date(1980, 0, 1),
} as const;

/** The bytes of a file, with the tensors in the order of the map. Throws a CheckpointError for a type that PyTorch lacks. */
export async function writePth(tensors: ReadonlyMap<string, StoredTensor>): Promise<Uint8Array> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), zipOptions);
  const add = async (name: string, content: Uint8Array): Promise<void> => {
    await zip.add(`archive/${name}`, new Uint8ArrayReader(content), zipOptions);
  };
  const utf8 = new TextEncoder();
  await add("data.pkl", statePickle(tensors));
  await add("byteorder", utf8.encode("little"));
  let index = 0;
  for (const { bytes } of tensors.values()) await add(`data/${index++}`, bytes);
  await add("version", utf8.encode("3\n"));
  return zip.close();
}
