/** Device memory: storages with counted references, and the pool that reuses their buffers. */
import { DeviceError } from "../errors.js";

/** A range of a device buffer, which several tensors and graph nodes may reference. */
export interface Storage {
  /** Unique while the range exists. Bind groups are cached by it. */
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
  /** How many tensors and nodes reference it. Changed only by `retain` and `release`. */
  references: number;
  /** Writes so far, by which `backward` notices that a saved tensor was overwritten. A write to `base` is not counted here. */
  writes: number;
  /** The last batch of dispatches that used the buffer. All slices of a buffer share it; see NOTE in queue.ts. */
  readonly use: { lastBatch: number };
  /** The storage that this one is a slice of. A slice with references counts as one reference to its base. */
  readonly base: Storage | undefined;
}

const USAGE = 0x80 | 0x08 | 0x04; // STORAGE | COPY_DST | COPY_SRC

/** A request of at least this size may get a larger buffer, if it fills at least this part of it. */
const MIN_LOOSE_BYTES = 2 ** 16;
const LEAST_FILL = 1 / 2;

/**
 * Device buffers, kept for reuse by size.
 *
 * A request gets the oldest free buffer of its size. If there is none, a large request gets the oldest buffer of the next
 * size, if it fills half of that. So a training step, which requests the same sizes in the same order, gets the same buffers
 * for the same kernels as the step before, and the cached bind groups fit.
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

  /** `freeLimit`: bytes that may be kept for reuse even if no more than that was ever needed at once. */
  constructor(device: GPUDevice, freeLimit: number) {
    this.#device = device;
    this.#freeLimit = freeLimit;
  }

  /** Bytes that tensors and graphs use now. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** The most bytes ever allocated on the device, including those kept for reuse. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Bytes allocated on the device: live and kept for reuse. */
  get allocatedBytes(): number {
    return this.#liveBytes + this.#freeBytes;
  }

  /**
   * A storage of at least `bytes` with one reference and undefined content. Throws DeviceError when the device has no buffers
   * of that size.
   */
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

  /** The smallest size of free buffers that `size` bytes may use. */
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
        `device memory: one tensor needs ${mebibytes(size)}, but this device's buffers end at ${mebibytes(limit)}. ` +
          "Use smaller images, a smaller batch or a narrower network.",
      );
    }
    const buffer = this.#device.createBuffer({ size, usage: USAGE });
    const use = { lastBatch: -1 };
    return { id: this.#nextId++, buffer, offset: 0, bytes: size, references: 1, writes: 0, use, base: undefined };
  }

  /** A part of `base`, not referenced yet. `offset` must be a multiple of the device's storage alignment. */
  slice(base: Storage, offset: number, bytes: number): Storage {
    const { buffer, use } = base;
    return { id: this.#nextId++, buffer, offset, bytes, references: 0, writes: 0, use, base };
  }

  /** Adds a reference. */
  retain(storage: Storage): void {
    if (storage.references++ === 0 && storage.base) this.retain(storage.base);
  }

  /** Removes a reference. After the last one, a slice releases its base, and any other buffer is free for reuse. */
  release(storage: Storage): void {
    if (--storage.references > 0) return;
    if (storage.base) {
      this.release(storage.base);
      return;
    }
    this.#liveBytes -= storage.bytes;
    this.#freeBytes += storage.bytes;
    const free = this.#free.get(storage.bytes);
    if (!free) this.#free.set(storage.bytes, [storage]);
    else free.splice(placeOf(storage, free), 0, storage);
  }

  /** True when too much is kept for reuse: more than all work so far can have used at once. */
  get overfull(): boolean {
    return this.#freeBytes > Math.max(this.#freeLimit, this.#peakLiveBytes);
  }

  /** Destroys the buffers kept for reuse. No recorded work that is not yet submitted may use them. */
  trim(): void {
    for (const free of this.#free.values()) for (const storage of free) storage.buffer.destroy();
    this.#free.clear();
    this.#freeBytes = 0;
  }
}

/** The index of `storage` in a list that is sorted from the newest to the oldest. */
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
