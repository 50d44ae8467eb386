/** Turns the value of a PyTorch file into named tensors: names are paths through nested dicts, values are in the storages. */
import { CheckpointError } from "../errors.js";
import { bytesOf } from "./dtype.js";
import { describePickle, PickleDict, PickleList, PickleTuple, type PickleValue } from "./pickle-values.js";
import type { StoredTensor } from "./safetensors.js";
import { TorchTensor, type TensorFields } from "./torch-objects.js";

const DEPTH_LIMIT = 32;
/** The most values visited. Visits are counted because a pickle can contain one list many times. */
const VISIT_LIMIT = 200_000;
/** The most characters of all names. A key of a megabyte with a thousand references would make a gigabyte of names. */
const NAME_LIMIT = 1000;

/** All tensors, each under its path of keys, joined by dots. Other values are left out. */
export function namedTensors(value: PickleValue, where: string): Map<string, TensorFields> {
  if (value instanceof TorchTensor) {
    throw new CheckpointError(`${where}: expected a dict of named tensors, got one tensor. Save a state_dict().`);
  }
  const found = new Map<string, TensorFields>();
  let visits = 0;
  const visit = (node: PickleValue, path: string, depth: number): void => {
    if (++visits > VISIT_LIMIT || depth > DEPTH_LIMIT) {
      throw new CheckpointError(
        `${where}: expected at most ${VISIT_LIMIT} values in containers at most ${DEPTH_LIMIT} deep, got more. ` +
          "Save only a state_dict().",
      );
    }
    if (node instanceof TorchTensor) {
      if (path.length > NAME_LIMIT) {
        throw new CheckpointError(
          `${where}: expected tensors with names of at most ${NAME_LIMIT} characters, got one of ${path.length}, ` +
            `"${path.slice(0, 40)}…". Save only a state_dict().`,
        );
      }
      if (typeof node.fields === "string") throw new CheckpointError(`${where}: ${path}: ${node.fields}`);
      if (found.has(path)) throw new CheckpointError(`${where}: expected one tensor named ${path}, got two.`);
      found.set(path, node.fields);
      return;
    }
    for (const [key, child] of childrenOf(node)) visit(child, path === "" ? key : `${path}.${key}`, depth + 1);
  };
  visit(value, "", 0);
  if (found.size > 0) return found;
  throw new CheckpointError(`${where}: expected a dict of named tensors, got ${describePickle(value)} without any.`);
}

/** Yields items one by one, because a list that contains itself a million times is open at every depth. */
function* childrenOf(node: PickleValue): Generator<readonly [string, PickleValue]> {
  if (node instanceof PickleDict) {
    for (const [key, child] of node.entries) yield [String(key), child];
  } else if (node instanceof PickleList || node instanceof PickleTuple) {
    for (const [index, child] of node.items.entries()) yield [String(index), child];
  }
}

/** Tied weights are stored once and read twice. A file with more repetition than this is made to exhaust memory. */
const SHARING_LIMIT = 4;
/** Repeated bytes that are always allowed, such as those of an expanded bias. */
const SHARING_FLOOR = 2 ** 20;

/** The bytes of each tensor, in the order of its axes. `storageBytes` returns those of a storage by its key. */
export function readTensors(
  tensors: ReadonlyMap<string, TensorFields>,
  storageBytes: ReadonlyMap<string, Uint8Array>,
  where: string,
): Map<string, StoredTensor> {
  const available = [...storageBytes.values()].reduce((sum, { length }) => sum + length, 0);
  const wanted = [...tensors.values()].reduce((sum, { size, storage }) => sum + size * bytesOf(storage.dtype), 0);
  if (wanted > Math.max(SHARING_LIMIT * available, SHARING_FLOOR)) {
    throw new CheckpointError(
      `${where}: expected tensors that share their ${available} bytes at most ${SHARING_LIMIT} times, got ${wanted} bytes of them.`,
    );
  }
  return new Map([...tensors].map(([name, tensor]) => [name, readTensor(tensor, storageBytes, `${where}: ${name}`)]));
}

function readTensor(tensor: TensorFields, storageBytes: ReadonlyMap<string, Uint8Array>, where: string): StoredTensor {
  const { storage, shape, size } = tensor;
  const { key, dtype, storedBytes } = storage;
  const stored = storageBytes.get(key);
  if (stored?.length !== storedBytes) {
    throw new CheckpointError(
      `${where}: expected ${storedBytes} bytes in storage ${JSON.stringify(key)}, got ${stored?.length ?? "none"}. ` +
        "The file is damaged.",
    );
  }
  const element = bytesOf(dtype);
  const first = storage.offset + tensor.offset;
  if (size === 0) return { dtype, shape, bytes: new Uint8Array() };
  if (isContiguous(tensor)) return { dtype, shape, bytes: stored.subarray(first * element, (first + size) * element) };
  const bytes = new Uint8Array(size * element);
  let to = 0;
  for (const index of elementIndices(tensor, first)) {
    bytes.set(stored.subarray(index * element, (index + 1) * element), to);
    to += element;
  }
  return { dtype, shape, bytes };
}

/** Whether the elements are contiguous in the order of the axes, the last one fastest. */
function isContiguous({ shape, strides }: TensorFields): boolean {
  let expected = 1;
  return shape.toReversed().every((length, reversed) => {
    const stride = strides[strides.length - 1 - reversed];
    const fits = length === 1 || stride === expected;
    expected *= length;
    return fits;
  });
}

/** The positions of a view's elements in their storage, the last axis fastest. */
function* elementIndices({ shape, strides, size }: TensorFields, first: number): Generator<number> {
  const position = shape.map(() => 0);
  let index = first;
  for (let visited = 0; visited < size; visited++) {
    yield index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [at = 0, length = 1, stride = 0] = [position[axis], shape[axis], strides[axis]];
      index += stride;
      position[axis] = at + 1;
      if (at + 1 < length) break;
      index -= length * stride;
      position[axis] = 0;
    }
  }
}
