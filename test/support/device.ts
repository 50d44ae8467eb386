import { afterAll, beforeAll, expect } from "vitest";
import { floatsOf } from "../../src/dtype.js";
import type { Gpu } from "../../src/gpu/gpu.js";
import type { Storage } from "../../src/gpu/pool.js";
import { openGpu } from "../../src/open-gpu.js";
import { fittingVariants } from "../../src/ops/conv/variants.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { parseConvKey } from "../../src/tune/conv-work.js";

/** The number of guard bytes after every tensor of a guarded device. No kernel may write them. */
const GUARD_BYTES = 64;

/**
 * Opens one device, with validation and bounds checks, for the tests of a file. Returns a function that returns the device while
 * tests run.
 *
 * `guarded`: new memory contains NaN and ends with guard words. This shows if a kernel leaves an element out, adds to a value
 * that it should overwrite, or writes past the end. See `readGuarded`.
 */
export function useGpu(options: { readonly guarded?: boolean } = {}): () => Gpu {
  let gpu: Gpu | undefined;
  beforeAll(async () => {
    gpu = await openGpu();
    if (options.guarded) guard(gpu);
  });
  afterAll(async () => {
    // If no test has read anything since an error of the device, it is thrown here.
    await gpu?.idle();
    gpu?.dispose();
  });
  return () => {
    if (!gpu) throw new Error("useGpu: the device is only open while tests run.");
    return gpu;
  };
}

interface Guard {
  /** The offset of the guard words, in floats. */
  readonly start: number;
  /** Their value, which is unique, so that a copy of another tensor's guard words is also detected. */
  readonly value: number;
}

const guards = new WeakMap<Storage, Guard>();
/** The storages that a guarded device has allocated since `watchGuards` began. */
const allocated = new WeakMap<Gpu, Storage[]>();

/** See `useGpu`. */
export function guard(gpu: Gpu): void {
  const acquire = gpu.pool.acquire.bind(gpu.pool);
  let count = 0;
  gpu.pool.acquire = (bytes) => {
    // Vary the sizes, so that memory that was just released is not reused at once with its guard words.
    const storage = acquire(bytes + GUARD_BYTES + 16 * (count % 64));
    const [start, value] = [Math.ceil(bytes / 4), 1_000_000 + ++count];
    guards.set(storage, { start, value });
    allocated.get(gpu)?.push(storage);
    gpu.queue.write(storage, new Float32Array(storage.bytes / 4).fill(Number.NaN).fill(value, start));
    return storage;
  };
}

/** Fails if the guard words of a storage have changed. `words` is its whole content. */
function expectUntouched(storage: Storage, words: Float32Array, label: string): void {
  const { start, value } = guards.get(storage) ?? { start: 0, value: Number.NaN };
  const written = words.subarray(start).findIndex((word) => word !== value);
  expect(written, `${label}: a guard word after the tensor was overwritten`).toBe(-1);
}

/** Reads the values of a tensor on a guarded device. Fails if its guard words have changed. */
export async function readGuarded(tensor: Tensor): Promise<Float32Array> {
  const { storage, size, label } = tensor;
  const words = await tensor.gpu.read(storage, storage.bytes / 4);
  expectUntouched(storage, words, label);
  return tensor.dtype === "float16" ? floatsOf(new Uint16Array(words.buffer), size) : words.subarray(0, size);
}

/** Fails if `run` writes past the end of any tensor that it makes, including those that it has released. */
export async function watchGuards(gpu: Gpu, run: () => Promise<unknown>): Promise<void> {
  const storages: Storage[] = [];
  allocated.set(gpu, storages);
  await run();
  allocated.delete(gpu);
  for (const storage of storages) {
    const words = await gpu.read(storage, storage.bytes / 4);
    expectUntouched(storage, words, `a tensor of ${(guards.get(storage)?.start ?? 0) * 4} bytes`);
  }
}

/** Returns the result of `run`, with this variant for every convolution that it fits. Undefined if it fits none. */
export async function byVariant<T>(gpu: Gpu, name: string, run: () => Promise<T>): Promise<T | undefined> {
  const { choices } = gpu;
  const always = new Map<string, string>();
  let fits = false;
  always.get = (key) => {
    const work = parseConvKey(key);
    fits ||= work !== undefined && fittingVariants(gpu, work.pass, work.g).includes(name);
    return name;
  };
  Object.defineProperty(gpu, "choices", { value: always });
  try {
    const result = await run();
    return fits ? result : undefined;
  } finally {
    Object.defineProperty(gpu, "choices", { value: choices });
  }
}

/** Returns the result of `run` while the device claims to be of the other kind, with the tiles and ranges for that kind. */
export async function onOtherAdapter<T>(gpu: Gpu, run: () => Promise<T>): Promise<T> {
  const { isCpu } = gpu;
  Object.defineProperty(gpu, "isCpu", { value: !isCpu });
  try {
    return await run();
  } finally {
    Object.defineProperty(gpu, "isCpu", { value: isCpu });
  }
}

/** Returns the result of `run` while the device claims to be a GPU of this vendor, with the tiles for that vendor. */
export async function asVendor<T>(gpu: Gpu, kind: string, run: () => Promise<T>): Promise<T> {
  const { adapterInfo, isCpu } = gpu;
  const [vendor = "", architecture = ""] = kind.split(" ");
  const claims: Partial<Record<keyof GPUAdapterInfo, string>> = { vendor, architecture };
  const claimed = new Proxy(adapterInfo, { get: (of, name: keyof GPUAdapterInfo) => claims[name] ?? of[name] });
  Object.defineProperty(gpu, "adapterInfo", { value: claimed });
  Object.defineProperty(gpu, "isCpu", { value: false });
  try {
    return await run();
  } finally {
    Object.defineProperty(gpu, "adapterInfo", { value: adapterInfo });
    Object.defineProperty(gpu, "isCpu", { value: isCpu });
  }
}
