import { afterAll, beforeAll, expect } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.js";
import type { Storage } from "../../src/gpu/pool.js";
import { openGpu } from "../../src/open-gpu.js";
import { fittingVariants } from "../../src/ops/conv/variants.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { parseConvKey } from "../../src/tune/conv-work.js";

/** Bytes behind every tensor of a guarded device that no kernel may write. */
const GUARD_BYTES = 64;

/**
 * Opens one device for the tests of a file, with validation and bounds checks; the result gives it once they run.
 *
 * `guarded`: fresh memory holds NaN and ends in guard words, so that a kernel that leaves an element out, adds to what
 * it should overwrite, or writes past its end is seen. See `readGuarded`.
 */
export function useGpu(options: { readonly guarded?: boolean } = {}): () => Gpu {
  let gpu: Gpu | undefined;
  beforeAll(async () => {
    gpu = await openGpu();
    if (options.guarded) guard(gpu);
  });
  afterAll(async () => {
    // Errors of the device surface here if no test has read anything since.
    await gpu?.idle();
    gpu?.dispose();
  });
  return () => {
    if (!gpu) throw new Error("useGpu: the device is open only while tests run.");
    return gpu;
  };
}

interface Guard {
  /** Where the guard words begin, counted in floats. */
  readonly start: number;
  /** What they hold: a number of its own, so that a copy of another's shows too. */
  readonly value: number;
}

const guards = new WeakMap<Storage, Guard>();
/** What a guarded device has handed out since `watchGuards` began. */
const handedOut = new WeakMap<Gpu, Storage[]>();

/** See `useGpu`. */
export function guard(gpu: Gpu): void {
  const acquire = gpu.pool.acquire.bind(gpu.pool);
  let count = 0;
  gpu.pool.acquire = (bytes) => {
    // Sizes take turns, so that memory just released, and the guard words in it, is not handed out again at once.
    const storage = acquire(bytes + GUARD_BYTES + 16 * (count % 64));
    const [start, value] = [bytes / 4, 1_000_000 + ++count];
    guards.set(storage, { start, value });
    handedOut.get(gpu)?.push(storage);
    gpu.queue.write(storage, new Float32Array(storage.bytes / 4).fill(Number.NaN).fill(value, start));
    return storage;
  };
}

/** Fails if `words`, all of a storage's, are not as they were behind the tensor. */
function expectUntouched(storage: Storage, words: Float32Array, label: string): void {
  const { start, value } = guards.get(storage) ?? { start: 0, value: Number.NaN };
  const written = words.subarray(start).findIndex((word) => word !== value);
  expect(written, `${label}: a guard word behind the tensor was written`).toBe(-1);
}

/** The values of a tensor of a guarded device, once its guard words have been found untouched. */
export async function readGuarded(tensor: Tensor): Promise<Float32Array> {
  const { storage, size, label } = tensor;
  const words = await tensor.gpu.read(storage, storage.bytes / 4);
  expectUntouched(storage, words, label);
  return words.subarray(0, size);
}

/** Fails if `run` writes behind any tensor it makes, those it has released included. */
export async function watchGuards(gpu: Gpu, run: () => Promise<unknown>): Promise<void> {
  const storages: Storage[] = [];
  handedOut.set(gpu, storages);
  await run();
  handedOut.delete(gpu);
  for (const storage of storages) {
    const words = await gpu.read(storage, storage.bytes / 4);
    expectUntouched(storage, words, `a tensor of ${(guards.get(storage)?.start ?? 0) * 4} bytes`);
  }
}

/** What `run` gives while the variant of this name computes every convolution that it fits; undefined if it fits none. */
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

/** What `run` gives while the device claims to be of the other kind, so that tiles and ranges for that are picked. */
export async function onOtherAdapter<T>(gpu: Gpu, run: () => Promise<T>): Promise<T> {
  const { isCpu } = gpu;
  Object.defineProperty(gpu, "isCpu", { value: !isCpu });
  try {
    return await run();
  } finally {
    Object.defineProperty(gpu, "isCpu", { value: isCpu });
  }
}

/** What `run` gives while the device claims to be a GPU of this vendor, so that tiles for that are picked. */
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
