/** The few things that a state_dict's pickle may call: containers, and tensors as views of storages. */
import { CheckpointError } from "../errors.js";
import { bytesOf } from "./dtype.js";
import {
  describePickle,
  PickleDict,
  PickleGlobal,
  PickleInert,
  PickleList,
  PickleObject,
  PickleTuple,
  type PickleKey,
  type PickleValue,
} from "./pickle-values.js";
import type { PickleHost } from "./unpickle.js";

/** PyTorch's storage classes by element type. */
export const storageClasses: ReadonlyMap<string, string> = new Map([
  ["torch.DoubleStorage", "F64"],
  ["torch.FloatStorage", "F32"],
  ["torch.HalfStorage", "F16"],
  ["torch.BFloat16Storage", "BF16"],
  ["torch.LongStorage", "I64"],
  ["torch.IntStorage", "I32"],
  ["torch.ShortStorage", "I16"],
  ["torch.CharStorage", "I8"],
  ["torch.ByteStorage", "U8"],
  ["torch.BoolStorage", "BOOL"],
]);

/** Elements that a file stores under one key. */
export interface StorageFields {
  readonly key: string;
  readonly dtype: string;
  /** Size of everything that the file stores under the key, in bytes. */
  readonly storedBytes: number;
  /** Index of this storage's first element among the stored ones. */
  readonly offset: number;
  readonly length: number;
}

class TorchStorage extends PickleObject {
  readonly kind = "storage";
  readonly fields: StorageFields;

  constructor(fields: StorageFields) {
    super();
    this.fields = fields;
  }
}

/** A view of a storage: element [i, j, …] is the storage's at offset + i · strides[0] + j · strides[1] + …. */
export interface TensorFields {
  readonly storage: StorageFields;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly size: number;
}

export class TorchTensor extends PickleObject {
  readonly kind = "tensor";
  /** A text says what is wrong with it, for an error that also has its name, which the pickle gives later. */
  readonly fields: TensorFields | string;

  constructor(fields: TensorFields | string) {
    super();
    this.fields = fields;
  }
}

type Call = (args: readonly PickleValue[], where: string) => PickleValue;

/** All functions that a pickle may call. */
const calls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["collections.OrderedDict", orderedDict],
  // Their values may hold tensors.
  ["collections.defaultdict", () => new PickleDict()],
  ["torch.Size", ([items = null], where) => new PickleTuple(sizes(items, where))],
  ["torch._utils._rebuild_tensor", rebuildTensor],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  ["torch._utils._rebuild_parameter", ([tensor = null], where) => expectTensor(tensor, where)],
]);

/**
 * Names that PyTorch itself allows in files of weights (torch.serialization's safe globals), and a few beside them. Here they
 * are only names, and an object made with one is a placeholder.
 */
const inertNames: ReadonlySet<string> = new Set([
  "argparse.Namespace",
  "_codecs.encode",
  "collections.Counter",
  "collections.deque",
  "datetime.date",
  "datetime.datetime",
  "datetime.timedelta",
  "numpy.dtype",
  "numpy.ndarray",
  "torch.device",
  "torch.Generator",
  "torch.memory_format",
  "torch.serialization._get_layout",
  "types.SimpleNamespace",
]);
const inertPatterns: readonly RegExp[] = [
  /^(__builtin__|builtins)\.(set|frozenset|list|dict|tuple|int|float|bool|str|bytes|bytearray|complex|slice|x?range|object|unicode|long)$/,
  /^numpy\.(_?core)\.(multiarray|numeric)\.(scalar|_reconstruct|_frombuffer)$/,
  /^numpy\.(dtypes\.\w+|(float|int|uint|bool|complex)[\d_]*)$/,
  /^pathlib\.(Pure)?(Posix|Windows)?Path$/,
  /^pathlib\._local\.(Posix|Windows)Path$/,
  /^torch\.(float|double|half|bfloat16|int|long|short|bool|complex|uint|quint|qint|float8_e)[\w]*$/,
  /^torch\.(strided|contiguous_format|channels_last|channels_last_3d|preserve_format|per_tensor_affine|per_channel_affine)$/,
];

/** Tensors of PyTorch's own that are not read, by the function or class that makes them, and what to do with them. */
const unreadTensors: readonly (readonly [RegExp, string])[] = [
  [/^torch\._utils\._rebuild_tensor_v3$/, "a tensor of a type that is not read, such as an 8-bit float. Save it as float32, with tensor.float()."],
  [/^torch\._utils\._rebuild_qtensor$|^torch\.Q\w+Storage$/, "a quantized tensor. Save tensor.dequantize()."],
  [/^torch\._utils\._rebuild_(sparse|sparse_csr)_tensor$/, "a sparse tensor. Save tensor.to_dense()."],
  [/^torch\._utils\._rebuild_(nested|meta|wrapper|device|xla)_?\w*$/, "a tensor without plain values. Save tensor.cpu()."],
  [/^torch\.Complex\w+Storage$/, "a tensor of complex numbers, which no network here has. Save its real part."],
];

function isInert(name: string): boolean {
  return inertNames.has(name) || inertPatterns.some((pattern) => pattern.test(name));
}

/** A host that has collected, after unpickling, every storage that the pickle refers to, by key. */
export interface TorchHost extends PickleHost {
  readonly storages: ReadonlyMap<string, StorageFields>;
}

/** The host of a PyTorch file. It describes storages without reading them. */
export function torchHost(where: string): TorchHost {
  const storages = new Map<string, StorageFields>();
  return {
    storages,
    knows(name) {
      const unread = unreadTensors.find(([pattern]) => pattern.test(name));
      if (unread) throw new CheckpointError(`${where}: expected tensors with plain values, got ${unread[1]}`);
      return calls.has(name) || storageClasses.has(name) || isInert(name);
    },
    call(name, args) {
      const call = calls.get(name);
      if (call) return call(args, where);
      if (isInert(name)) return new PickleInert(name);
      throw new CheckpointError(`${where}: expected a call that makes a tensor or a container, got one of ${name}.`);
    },
    persistent(id) {
      const storage = describeStorage(id, where);
      if (!storages.has(storage.key)) storages.set(storage.key, storage);
      return new TorchStorage(storage);
    },
  };
}

/** Python 2 passes its items as a list of pairs. Python 3 adds them one by one later. */
function orderedDict(args: readonly PickleValue[], where: string): PickleDict {
  const dict = new PickleDict();
  const [pairs] = args;
  if (pairs === undefined) return dict;
  for (const pair of itemsOf(pairs, where)) {
    const [key = null, value = null] = itemsOf(pair, where);
    dict.entries.set(expectKey(key, where), value);
  }
  return dict;
}

function expectKey(value: PickleValue, where: string): PickleKey {
  if (value === null || typeof value !== "object") return value;
  throw new CheckpointError(`${where}: expected a text or a number as key, got ${describePickle(value)}.`);
}

function itemsOf(value: PickleValue, where: string): readonly PickleValue[] {
  if (value instanceof PickleList || value instanceof PickleTuple) return value.items;
  throw new CheckpointError(`${where}: expected a list or a tuple, got ${describePickle(value)}.`);
}

function expectTensor(value: PickleValue, where: string): TorchTensor {
  if (value instanceof TorchTensor) return value;
  throw new CheckpointError(`${where}: expected a tensor, got ${describePickle(value)}.`);
}

function count(value: PickleValue | undefined, what: string, where: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new CheckpointError(`${where}: expected ${what} of 0 or more, got ${describePickle(value ?? null)}.`);
}

/** More axes than any weight has. */
const RANK_LIMIT = 16;

function sizes(value: PickleValue, where: string): number[] {
  const items = itemsOf(value, where);
  if (items.length > RANK_LIMIT) {
    throw new CheckpointError(`${where}: expected a tensor of at most ${RANK_LIMIT} axes, got ${items.length}.`);
  }
  return items.map((item) => count(item, "a size", where));
}

/** (storage, offset, shape, strides, …); the rest concerns gradients. */
function rebuildTensor(args: readonly PickleValue[], where: string): TorchTensor {
  const [object = null, first = null, shapeValue = null, stridesValue = null] = args;
  if (!(object instanceof TorchStorage)) {
    throw new CheckpointError(`${where}: expected a tensor's storage, got ${describePickle(object)}.`);
  }
  const storage = object.fields;
  const [shape, strides] = [itemsOf(shapeValue, where), itemsOf(stridesValue, where)];
  const problem = problemOf([first], shape, strides);
  if (problem !== undefined) return new TorchTensor(problem);
  return viewOf(storage, Number(first), shape.map(Number), strides.map(Number));
}

/** What is wrong with the numbers of a view; undefined if nothing is. */
function problemOf(offset: readonly PickleValue[], size: readonly PickleValue[], stride: readonly PickleValue[]): string | undefined {
  if (size.length > RANK_LIMIT) return `expected at most ${RANK_LIMIT} axes, got ${size.length}.`;
  if (size.length !== stride.length) return `expected a stride for each of ${size.length} axes, got ${stride.length}.`;
  for (const [what, values] of [["an offset", offset], ["a size", size], ["a stride", stride]] as const) {
    const wrong = values.find((value) => !(typeof value === "number" && Number.isSafeInteger(value) && value >= 0));
    if (wrong !== undefined) return `expected ${what} of 0 or more, got ${describePickle(wrong)}.`;
  }
  return undefined;
}

/** A view of a storage. Strides of 0 repeat elements, as in an expanded tensor; `readTensors` limits how many. */
function viewOf(storage: StorageFields, offset: number, shape: readonly number[], strides: readonly number[]): TorchTensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const last = shape.reduce((index, length, axis) => index + (length - 1) * (strides[axis] ?? 0), offset);
  if (size === 0 || last < storage.length) return new TorchTensor({ storage, offset, shape, strides, size });
  return new TorchTensor(
    `expected a tensor within the ${storage.length} elements of its storage ${JSON.stringify(storage.key)}, ` +
      `got one of shape [${shape.join(", ")}] up to element ${last}.`,
  );
}

/** ("storage", class, key, device, elements); in the legacy format followed by a view (key, offset, elements) or None. */
function describeStorage(id: PickleValue, where: string): StorageFields {
  const [tag, type, key, , elements, view = null] = id instanceof PickleTuple ? id.items : [];
  const dtype = type instanceof PickleGlobal ? storageClasses.get(type.name) : undefined;
  if (tag === "storage" && dtype !== undefined && typeof key === "string") {
    const length = count(elements, "a number of elements", where);
    const storedBytes = length * bytesOf(dtype);
    if (view === null) return { key, dtype, storedBytes, offset: 0, length };
    const [, first, viewed] = itemsOf(view, where);
    const offset = count(first, "an offset", where);
    const viewLength = count(viewed, "a number of elements", where);
    if (offset + viewLength <= length) return { key, dtype, storedBytes, offset, length: viewLength };
  }
  const module = tag === "module" ? " A whole module was saved; save its state_dict() instead." : "";
  throw new CheckpointError(`${where}: expected the persistent id of a storage, got ${describePickle(id)}.${module}`);
}
