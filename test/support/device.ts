import { afterAll, beforeAll, expect } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.js";
import type { Storage } from "../../src/gpu/pool.js";
import { openGpu } from "../../src/node.js";
import type { Tensor } from "../../src/tensor.js";

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

/** What the guard words of a storage hold: a number of its own, so that a copy of another's shows too. */
const guardValues = new WeakMap<Storage, number>();

/** See `useGpu`. */
export function guard(gpu: Gpu): void {
  const acquire = gpu.pool.acquire.bind(gpu.pool);
  let nextValue = 1_000_000;
  gpu.pool.acquire = (bytes) => {
    const storage = acquire(bytes + GUARD_BYTES);
    guardValues.set(storage, ++nextValue);
    gpu.queue.write(storage, new Float32Array(storage.bytes / 4).fill(Number.NaN).fill(nextValue, bytes / 4));
    return storage;
  };
}

/** The values of a tensor of a guarded device, once its guard words have been found untouched. */
export async function readGuarded(tensor: Tensor): Promise<Float32Array> {
  const { storage, size, label } = tensor;
  const all = await tensor.gpu.read(storage, storage.bytes / 4);
  const value = guardValues.get(storage);
  const written = all.subarray(size).findIndex((word) => word !== value);
  expect(written, `${label}: a guard word behind the tensor was written`).toBe(-1);
  return all.subarray(0, size);
}

/** What `run` gives while the device claims to be of the other kind, so that the tiles and ranges for that are picked. */
export async function onOtherAdapter<T>(gpu: Gpu, run: () => Promise<T>): Promise<T> {
  const { isCpu } = gpu;
  Object.defineProperty(gpu, "isCpu", { value: !isCpu });
  try {
    return await run();
  } finally {
    Object.defineProperty(gpu, "isCpu", { value: isCpu });
  }
}
