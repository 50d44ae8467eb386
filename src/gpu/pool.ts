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

/** A buffer may be reused for less than it holds from this size on, and not for less than this part of it. */
const MIN_LOOSE_BYTES = 2 ** 16;
const LEAST_FILL = 1 / 2;

/**
 * Device buffers kept for reuse, by size.
 *
 * Which one a request gets depends on nothing but which are free: the oldest of its size; failing that, of a large
 * request, the oldest of the next size that it fills by half. A training step asks for the same sizes in the same order
 * and finds the same buffers free, so the same buffers meet the same kernels in each: cached bind groups hit.
 */
export class BufferPool {
  readonly #device: GPUDevice;
  /** Free storages by size, the oldest last. */
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
    const storage = this.#reuse(size) ?? this.#create(size);
    this.#liveBytes += storage.bytes;
    this.#peakLiveBytes = Math.max(this.#peakLiveBytes, this.#liveBytes);
    this.#peakBytes = Math.max(this.#peakBytes, this.allocatedBytes);
    return storage;
  }

  #reuse(size: number): Storage | undefined {
    const storage = this.#free.get(size)?.pop() ?? this.#free.get(this.#looseFit(size))?.pop();
    if (!storage) return undefined;
    this.#freeBytes -= storage.bytes;
    storage.references = 1;
    return storage;
  }

  /** The least size of free buffers in which `size` bytes may lie. */
  #looseFit(size: number): number {
    let fit = Infinity;
    if (size < MIN_LOOSE_BYTES) return fit;
    for (const [bytes, free] of this.#free) {
      if (free.length > 0 && bytes > size && size >= LEAST_FILL * bytes) fit = Math.min(fit, bytes);
    }
    return fit;
  }

  #create(size: number): Storage {
    const limit = Math.min(this.#device.limits.maxBufferSize, this.#device.limits.maxStorageBufferBindingSize);
    if (size > limit) {
      throw new DeviceError(
        `device memory: one tensor needs ${mebibytes(size)}, got a device whose buffers end at ${mebibytes(limit)}. ` +
          "Use smaller images, a smaller batch or a narrower network.",
      );
    }
    const buffer = this.#device.createBuffer({ size, usage: USAGE });
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
    const free = this.#free.get(storage.bytes);
    if (!free) this.#free.set(storage.bytes, [storage]);
    else free.splice(placeOf(storage, free), 0, storage);
  }

  /** True when more is kept for reuse than should be: more than any work so far can have used at once. */
  get overfull(): boolean {
    return this.#freeBytes > Math.max(this.#freeLimit, this.#peakLiveBytes);
  }

  /** Destroys the buffers kept for reuse. Nothing that is not submitted may use them. */
  trim(): void {
    for (const free of this.#free.values()) for (const storage of free) storage.buffer.destroy();
    this.#free.clear();
    this.#freeBytes = 0;
  }
}

/** Where `storage` goes among others, the newest first. */
function placeOf(storage: Storage, others: readonly Storage[]): number {
  let [low, high] = [0, others.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = others[middle];
    if (other && other.id > storage.id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
