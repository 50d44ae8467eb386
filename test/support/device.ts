import { afterAll, beforeAll, expect } from "vitest";
import type { Gpu } from "../../src/gpu/gpu.js";
import { openGpu } from "../../src/node.js";
import type { Tensor } from "../../src/tensor.js";

/** Bytes behind every tensor of a guarded device that no kernel may write. */
const GUARD_BYTES = 64;

/**
 * Opens one device for the tests of a file, with validation and bounds checks; the result gives it once they run.
 *
 * `guarded`: fresh memory holds NaN and ends in guard words, so that a kernel that leaves an element out, adds to what it
 * should overwrite, or writes past its end is seen. See `readGuarded`.
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

function guard(gpu: Gpu): void {
  const acquire = gpu.pool.acquire.bind(gpu.pool);
  gpu.pool.acquire = (bytes) => {
    const storage = acquire(bytes + GUARD_BYTES);
    gpu.queue.write(storage, new Float32Array(storage.bytes / 4).fill(Number.NaN));
    return storage;
  };
}

/** The values of a tensor of a guarded device, once its guard words have been found untouched. */
export async function readGuarded(tensor: Tensor): Promise<Float32Array> {
  const all = await tensor.gpu.read(tensor.storage, tensor.storage.bytes / 4);
  const behind = all.subarray(tensor.size);
  expect(behind.every(Number.isNaN), `${tensor.label}: guard words behind the tensor were written`).toBe(true);
  return all.subarray(0, tensor.size);
}
