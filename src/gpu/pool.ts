import { DeviceError } from "../errors.js";

/** A range of a device buffer. Several tensors and graph nodes may hold it; `references` counts them. */
export interface Storage {
  /** Unique while the range exists: names it in bind group keys. */
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
  references: number;
  /** The batch of dispatches that used its buffer last, the same for all parts of it; see NOTE in queue.ts. */
  readonly use: { lastBatch: number };
  /** A part of a longer-lived storage, which frees it; it never returns to the pool. */
  readonly isSlice: boolean;
}

const USAGE = 0x80 | 0x08 | 0x04; // STORAGE | COPY_DST | COPY_SRC

/**
 * Device buffers by exact size, reused last in, first out.
 *
 * A training step asks for the same sizes in the same order, so that order makes the same buffers meet the same kernels
 * in each step: cached bind groups hit, and no memory is lost to rounding.
 */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, Storage[]>();
  readonly #freeLimit: number;
  #nextId = 1;
  #freeBytes = 0;
  #liveBytes = 0;
  #peakLiveBytes = 0;
  #peakBytes = 0;

  /** `freeLimit`: bytes that may be kept for reuse, however few were ever needed at once. */
  constructor(device: GPUDevice, freeLimit: number) {
    this.#device = device;
    this.#freeLimit = freeLimit;
  }

  /** Bytes held by tensors and graphs now. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** The most bytes ever allocated on the device, kept ones included. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Bytes allocated on the device: live and kept for reuse. */
  get allocatedBytes(): number {
    return this.#liveBytes + this.#freeBytes;
  }

  /** A storage of at least `bytes`, its content undefined. Throws DeviceError when the device cannot hold one so large. */
  acquire(bytes: number): Storage {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    this.#liveBytes += size;
    this.#peakLiveBytes = Math.max(this.#peakLiveBytes, this.#liveBytes);
    const reused = this.#free.get(size)?.pop();
    if (reused) {
      this.#freeBytes -= size;
      reused.references = 1;
      return reused;
    }
    const limit = Math.min(this.#device.limits.maxBufferSize, this.#device.limits.maxStorageBufferBindingSize);
    if (size > limit) {
      this.#liveBytes -= size;
      throw new DeviceError(
        `device memory: one tensor needs ${mebibytes(size)}, got a device whose buffers end at ${mebibytes(limit)}. ` +
          "Use smaller images, a smaller batch or a narrower network.",
      );
    }
    const buffer = this.#device.createBuffer({ size, usage: USAGE });
    this.#peakBytes = Math.max(this.#peakBytes, this.allocatedBytes);
    return { id: this.#nextId++, buffer, offset: 0, bytes: size, references: 1, use: { lastBatch: -1 }, isSlice: false };
  }

  /** A part of `storage` that lives as long as it, without a holder yet. `offset` must be a multiple of the device's storage alignment. */
  slice(storage: Storage, offset: number, bytes: number): Storage {
    const { buffer, use } = storage;
    return { id: this.#nextId++, buffer, offset, bytes, references: 0, use, isSlice: true };
  }

  release(storage: Storage): void {
    if (--storage.references > 0 || storage.isSlice) return;
    this.#liveBytes -= storage.bytes;
    this.#freeBytes += storage.bytes;
    const stack = this.#free.get(storage.bytes);
    if (stack) stack.push(storage);
    else this.#free.set(storage.bytes, [storage]);
  }

  /** True when more is kept for reuse than should be: more than any work so far can have used at once. */
  get overfull(): boolean {
    return this.#freeBytes > Math.max(this.#freeLimit, this.#peakLiveBytes);
  }

  /** Destroys the buffers kept for reuse. Nothing that is not submitted may use them. */
  trim(): void {
    for (const stack of this.#free.values()) for (const storage of stack) storage.buffer.destroy();
    this.#free.clear();
    this.#freeBytes = 0;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
