import type { Storage } from "./pool.js";

interface Entry {
  readonly kernel: string;
  readonly storages: readonly Storage[];
  readonly groups: number;
  readonly flops: number;
}

const CAPACITY = 2048;

/** Times every dispatch with timestamp queries and prints a line for each (`DEBUG=2`). Each dispatch gets its own pass. */
export class Profiler {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  #entries: (Entry & { readonly bytes: number })[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#queries = device.createQuerySet({ type: "timestamp", count: CAPACITY * 2 });
  }

  /** Where the pass of this dispatch writes its times; undefined once the query set is full. */
  begin(entry: Entry): GPUComputePassTimestampWrites | undefined {
    const index = this.#entries.length * 2;
    if (index >= CAPACITY * 2) return undefined;
    const bytes = entry.storages.reduce((sum, storage) => sum + storage.bytes, 0);
    this.#entries.push({ ...entry, bytes });
    return { querySet: this.#queries, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 };
  }

  /** Prints the dispatches since the last report; call it with nothing left unsubmitted. */
  async report(poolBytes: number): Promise<void> {
    const entries = this.#entries;
    this.#entries = [];
    if (entries.length === 0) return;
    const times = await this.#times(entries.length * 2);
    for (const [index, { kernel, groups, flops, bytes }] of entries.entries()) {
      const microseconds = Number((times[index * 2 + 1] ?? 0n) - (times[index * 2] ?? 0n)) / 1000;
      const rate = (amount: number): string => (amount / (microseconds * 1000)).toFixed(1);
      const arithmetic = flops > 0 ? `${(flops / 1e6).toFixed(1)} MFLOP ${rate(flops)} GFLOP/s` : "";
      const traffic = `${(bytes / 1e6).toFixed(2)} MB bound ${rate(bytes)} GB/s`;
      const pool = `pool ${(poolBytes / 2 ** 20).toFixed(0)} MiB`;
      console.error(`${microseconds.toFixed(1).padStart(10)} µs  ${kernel}  ×${groups}  ${traffic}  ${arithmetic}  ${pool}`);
    }
  }

  async #times(count: number): Promise<BigUint64Array> {
    const device = this.#device;
    const size = count * 8;
    const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
    const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(this.#queries, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const times = new BigUint64Array(staging.getMappedRange().slice(0));
    staging.destroy();
    resolved.destroy();
    return times;
  }
}
