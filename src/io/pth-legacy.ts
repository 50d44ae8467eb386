/**
 * PyTorch's file before 1.6: pickles of a magic number, a version, the machine, the value and the storages' keys, then
 * each storage's number of elements and its bytes.
 *
 * Source: torch/serialization.py, _legacy_load.
 */
import { CheckpointError } from "../errors.js";
import { ByteCursor } from "./byte-cursor.js";
import { bytesOf } from "./dtype.js";
import { PickleDict, PickleList } from "./pickle-values.js";
import type { StoredTensor } from "./safetensors.js";
import { torchHost, type StorageFields } from "./torch-objects.js";
import { namedTensors, readTensors } from "./torch-tensors.js";
import { unpickle } from "./unpickle.js";

const PROTOCOL = 1001;

/** The beginning of every such file: a pickle of the integer 0x1950a86a20f9469cfc6c. */
const magic = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

export function isPthLegacy(file: Uint8Array): boolean {
  return magic.every((byte, index) => file[index] === byte);
}

/** The tensors of a file, sharing its bytes. Throws a CheckpointError that begins with `where` for a damaged file. */
export function readPthLegacy(file: Uint8Array, where: string): Map<string, StoredTensor> {
  const cursor = new ByteCursor(file, where, magic.length);
  const host = torchHost(where);
  const protocol = unpickle(cursor, host);
  if (protocol !== PROTOCOL) cursor.fail(`PyTorch's legacy protocol ${PROTOCOL}`, "another");
  const machine = unpickle(cursor, host);
  if (machine instanceof PickleDict && machine.entries.get("little_endian") === false) {
    throw new CheckpointError(`${where}: expected little-endian values, got big-endian ones. Save it again on another machine.`);
  }
  const tensors = namedTensors(unpickle(cursor, host), where);
  const keys = unpickle(cursor, host);
  if (!(keys instanceof PickleList)) return cursor.fail("a list of the storages' keys", "something else");
  return readTensors(tensors, readStorages(cursor, new Set(keys.items), host.storages), where);
}

function readStorages(
  cursor: ByteCursor,
  keys: ReadonlySet<unknown>,
  described: ReadonlyMap<string, StorageFields>,
): Map<string, Uint8Array> {
  const storages = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = typeof key === "string" ? described.get(key) : undefined;
    if (!storage) return cursor.fail("storages that the pickle refers to", "another");
    const { dtype, storedBytes } = storage;
    const elements = cursor.uint64();
    if (elements * bytesOf(dtype) !== storedBytes) {
      cursor.fail(`${storedBytes} bytes in storage ${JSON.stringify(storage.key)}`, `${elements} elements of ${dtype}`);
    }
    storages.set(storage.key, cursor.take(storedBytes));
  }
  return storages;
}
