import { describe, expect, it } from "vitest";
import { BufferPool } from "../../src/gpu/pool.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();

/** A pool that keeps at most 1,000 unused bytes, of a device whose own pool keeps far more. */
const smallPool = (): BufferPool => new BufferPool(gpu().device, 1000);

describe("BufferPool", () => {
  it("counts what is live, what it allocated, and the most it ever had", () => {
    const pool = smallPool();
    const [a, b] = [pool.acquire(100), pool.acquire(4)];
    expect([a.bytes, b.bytes]).toEqual([112, 16]); // whole vec4
    expect(pool.liveBytes).toBe(128);
    pool.release(a);
    pool.release(b);
    expect([pool.liveBytes, pool.allocatedBytes, pool.peakBytes]).toEqual([0, 128, 128]);
    pool.trim();
    expect([pool.allocatedBytes, pool.peakBytes]).toEqual([0, 128]);
  });

  it("is overfull by what nothing holds and no work can have used at once, and makes new buffers after a trim", () => {
    const pool = smallPool();
    const [small, large] = [pool.acquire(800), pool.acquire(1600)];
    pool.release(small);
    pool.release(large);
    expect(pool.overfull).toBe(false); // 2,400 bytes, as many as were live
    const other = pool.acquire(1200);
    expect(pool.overfull).toBe(false);
    pool.release(other);
    expect(pool.overfull).toBe(true);
    pool.trim();
    expect(pool.overfull).toBe(false);
    const after = pool.acquire(1600);
    expect(after.id).toBeGreaterThan(large.id);
    pool.release(after);
    pool.trim();
  });

  it("gives out a large buffer for a request that fills it by half, the smallest such, and an exact one first", () => {
    const pool = new BufferPool(gpu().device, 2 ** 20);
    const kilobytes = [128, 130, 160, 400];
    const storages = kilobytes.map((size) => pool.acquire(size * 1024));
    for (const storage of storages) pool.release(storage);
    const sizes = [130, 100, 100, 100, 32].map((size) => pool.acquire(size * 1024).bytes / 1024);
    expect(sizes).toEqual([130, 128, 160, 100, 32]);
    expect(pool.liveBytes).toBe((130 + 128 + 160 + 100 + 32) * 1024);
    expect(pool.allocatedBytes - pool.liveBytes).toBe(400 * 1024);
    expect(pool.peakBytes).toBe(pool.allocatedBytes);
  });

  it("gives out what is free by age alone, so that the same requests get the same buffers again", () => {
    const pool = smallPool();
    const round = (order: readonly number[]): number[] => {
      const storages = order.map(() => pool.acquire(64));
      for (const index of order) {
        const storage = storages[index];
        if (storage) pool.release(storage);
      }
      return storages.map(({ id }) => id);
    };
    const ids = round([0, 1, 2, 3]);
    for (const order of [[2, 0, 3, 1], [3, 2, 1, 0], [1, 3, 0, 2]]) expect(round(order)).toEqual(ids);
  });

  it("keeps a storage while a slice of it is held, whichever is released first", () => {
    const pool = smallPool();
    const whole = pool.acquire(512);
    const slice = pool.slice(whole, 256, 256);
    pool.retain(slice);
    expect([slice.offset, slice.buffer === whole.buffer]).toEqual([256, true]);
    pool.release(slice);
    expect(pool.liveBytes).toBe(512);
    pool.retain(slice);
    pool.release(whole);
    expect(pool.liveBytes).toBe(512);
    expect(pool.acquire(512).buffer).not.toBe(whole.buffer);
    pool.release(slice);
    expect(pool.acquire(512).buffer).toBe(whole.buffer);
  });
});
