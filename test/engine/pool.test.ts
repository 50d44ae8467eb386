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

  it("frees a slice with its storage and never by itself", () => {
    const pool = smallPool();
    const whole = pool.acquire(512);
    const slice = pool.slice(whole, 256, 256);
    slice.references++;
    pool.release(slice);
    expect([pool.liveBytes, slice.offset, slice.buffer === whole.buffer]).toEqual([512, 256, true]);
    expect(pool.acquire(256).buffer).not.toBe(whole.buffer);
  });
});
