/** Times every dispatch with timestamp queries: what `DEBUG=2` prints and `trace` draws. */
import type { Storage } from "./pool.js";

/** A dispatch as the queue records it. */
export interface Dispatch {
  /** The shader, as in `conv2d/forward-tiled`. */
  readonly kernel: string;
  /** The kernel's name, its width unless that is 4, and the tunables that were set. */
  readonly pipeline: string;
  readonly storages: readonly Storage[];
  readonly workgroups: number;
  /** Its stated floating-point operations. */
  readonly flops: number;
}

/** A dispatch that the device has finished. */
export interface TimedDispatch extends Omit<Dispatch, "storages"> {
  /** Bytes of its bindings: the least memory traffic of a kernel that touches them all. */
  readonly bytes: number;
  /** By the device's clock, in nanoseconds. */
  readonly start: bigint;
  readonly end: bigint;
}

/** Dispatches per query set. Each needs two queries, and WebGPU allows 4096 in a set. */
const CAPACITY = 2048;

/** Puts every dispatch into a separate pass, with a timestamp at each end. */
export class DispatchTimer {
  readonly #device: GPUDevice;
  /** Enough for the dispatches since the last `take`; their number never falls. */
  readonly #sets: GPUQuerySet[] = [];
  #dispatches: Omit<TimedDispatch, "start" | "end">[] = [];

  /** `device` must have the feature `timestamp-query`. */
  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Dispatches begun since the last `take`. */
  get count(): number {
    return this.#dispatches.length;
  }

  /** The timestamps that the pass of this dispatch writes. */
  begin({ kernel, pipeline, storages, workgroups, flops }: Dispatch): GPUComputePassTimestampWrites {
    const index = this.#dispatches.length;
    const bytes = storages.reduce((sum, storage) => sum + storage.bytes, 0);
    this.#dispatches.push({ kernel, pipeline, workgroups, flops, bytes });
    const set = Math.floor(index / CAPACITY);
    const querySet = (this.#sets[set] ??= this.#device.createQuerySet({ type: "timestamp", count: 2 * CAPACITY }));
    const first = 2 * (index % CAPACITY);
    return { querySet, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 };
  }

  /** The dispatches since the last call, in order. All recorded work must have been submitted. Waits for the device. */
  async take(): Promise<TimedDispatch[]> {
    const dispatches = this.#dispatches;
    this.#dispatches = [];
    if (dispatches.length === 0) return [];
    const times = await this.#times(2 * dispatches.length);
    return dispatches.map(({ kernel, pipeline, workgroups, flops, bytes }, index) => {
      const [start = 0n, end = 0n] = times.subarray(2 * index, 2 * index + 2);
      return { kernel, pipeline, workgroups, flops, bytes, start, end };
    });
  }

  /** Destroys the query sets. */
  dispose(): void {
    for (const set of this.#sets) set.destroy();
  }

  async #times(count: number): Promise<BigUint64Array> {
    const device = this.#device;
    const size = count * 8;
    const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
    const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder();
    for (const [set, querySet] of this.#sets.entries()) {
      const first = set * 2 * CAPACITY;
      if (first >= count) break;
      encoder.resolveQuerySet(querySet, 0, Math.min(2 * CAPACITY, count - first), resolved, first * 8);
    }
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const times = new BigUint64Array(staging.getMappedRange().slice(0));
    staging.destroy();
    resolved.destroy();
    return times;
  }
}

/** A line for each dispatch, for `DEBUG=2`: time, kernel, workgroups, memory traffic, arithmetic, memory allocated by the pool. */
export function describeDispatches(dispatches: readonly TimedDispatch[], poolBytes: number): string[] {
  return dispatches.map(({ pipeline, workgroups, flops, bytes, start, end }) => {
    const microseconds = Number(end - start) / 1000;
    const rate = (amount: number): string => (amount / (microseconds * 1000)).toFixed(1);
    const arithmetic = flops > 0 ? `${(flops / 1e6).toFixed(1)} MFLOP ${rate(flops)} GFLOP/s` : "";
    const traffic = `${(bytes / 1e6).toFixed(2)} MB bound ${rate(bytes)} GB/s`;
    const pool = `pool ${(poolBytes / 2 ** 20).toFixed(0)} MiB`;
    return `${microseconds.toFixed(1).padStart(10)} µs  ${pipeline}  ×${workgroups}  ${traffic}  ${arithmetic}  ${pool}`;
  });
}
