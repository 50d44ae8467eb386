/** Records dispatches and copies, and submits them in batches. */
import type { DispatchTimer } from "./dispatch-timer.js";
import type { CompiledKernel } from "./kernel.js";
import type { Storage } from "./pool.js";

const DISPATCHES_PER_BATCH = 512;
/** The first batch is short and each of the next is twice as long, so that the device compiles while the host records. */
const FIRST_BATCH = 32;
/** Bytes of a dispatch's parameters; also the largest offset alignment that WebGPU allows a device to require. */
const PARAMS_STRIDE = 256;
const MAX_GROUPS_PER_AXIS = 65_535;
/** How much of an earlier wait for the device the next wait spends asleep. */
const PATIENCE = 0.8;

/**
 * Records dispatches into one compute pass and submits them in batches.
 *
 * NOTE: writes and order. `GPUQueue.writeBuffer` takes effect before everything that is not yet submitted. A buffer records
 * the last batch that used it, and `write` flushes first while that batch is open. The parameters of a batch are in one
 * uniform buffer, which is written once at flush, before the dispatches that read it. The next batch may overwrite them,
 * because its write comes after this batch's submit.
 */
export class Queue {
  readonly #device: GPUDevice;
  readonly #arena: GPUBuffer;
  readonly #words = new ArrayBuffer(DISPATCHES_PER_BATCH * PARAMS_STRIDE);
  readonly #unsigned = new Uint32Array(this.#words);
  readonly #signed = new Int32Array(this.#words);
  readonly #floats = new Float32Array(this.#words);
  readonly #sleeps: boolean;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  /** The kernel whose pipeline is set in the open pass. */
  #kernel: CompiledKernel | undefined;
  #pending = 0;
  #batchLimit = FIRST_BATCH;
  /** Milliseconds of the last wait and the one before it; 0 if unknown. */
  #lastWaits: readonly [number, number] = [0, 0];
  /** Read the copies that were captured since the last `idle`. */
  readonly #captures: (() => Promise<Float32Array>)[] = [];
  #timer: DispatchTimer | undefined;
  #batch = 0;
  #dispatches = 0;
  #submits = 0;

  /** `sleeps`: whether to sleep through a part of each wait; see `idle`. */
  constructor(device: GPUDevice, sleeps: boolean) {
    this.#device = device;
    this.#sleeps = sleeps;
    this.#arena = device.createBuffer({
      label: "parameters",
      size: this.#words.byteLength,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
  }

  /** If present, times each dispatch from now on. */
  get timer(): DispatchTimer | undefined {
    return this.#timer;
  }

  set timer(timer: DispatchTimer | undefined) {
    this.#endPass();
    this.#timer = timer;
  }

  /** Dispatches recorded since the start. */
  get dispatches(): number {
    return this.#dispatches;
  }

  /** Batches submitted since the start. */
  get submits(): number {
    return this.#submits;
  }

  /**
   * Records one dispatch, or none for 0 threads. `storages` and `values` are in the order of the kernel's bindings and
   * parameters. `flops` is passed to the timer.
   */
  dispatch(
    kernel: CompiledKernel,
    storages: readonly Storage[],
    values: readonly number[],
    threads: number,
    flops: number,
  ): void {
    if (threads === 0) return;
    if (this.#pending === this.#batchLimit) this.#flushFull();
    const offset = this.#pending++ * PARAMS_STRIDE;
    this.#writeParams(kernel, values, offset / 4);
    const groups = Math.ceil(threads / kernel.workgroup);
    const rows = Math.ceil(groups / MAX_GROUPS_PER_AXIS);
    const columns = Math.ceil(groups / rows);
    const pass = this.#beginPass(kernel, storages, groups, flops);
    if (kernel !== this.#kernel) pass.setPipeline((this.#kernel = kernel).pipeline);
    // A plain array crosses into Dawn faster than a typed one.
    pass.setBindGroup(0, this.#bindGroup(kernel, storages), [offset]);
    pass.dispatchWorkgroups(columns, rows);
    for (let index = 0; index < storages.length; index++) {
      const storage = storages[index];
      if (!storage) continue;
      storage.use.lastBatch = this.#batch;
      if (kernel.written[index]) storage.writes++;
    }
    this.#dispatches++;
    if (this.#timer) this.#endPass();
  }

  /** Submits all recorded work. */
  flush(): void {
    if (!this.#encoder) return;
    this.#endPass();
    this.#device.queue.writeBuffer(this.#arena, 0, this.#words, 0, this.#pending * PARAMS_STRIDE);
    this.#device.queue.submit([this.#encoder.finish()]);
    this.#encoder = undefined;
    this.#pending = 0;
    this.#batch++;
    this.#submits++;
  }

  #flushFull(): void {
    this.flush();
    this.#batchLimit = Math.min(DISPATCHES_PER_BATCH, 2 * this.#batchLimit);
  }

  /** Writes host data to the start of a storage, after all work recorded so far. */
  write(storage: Storage, data: Float32Array | Uint16Array): void {
    storage.writes++;
    if (storage.use.lastBatch === this.#batch) this.flush();
    this.#device.queue.writeBuffer(storage.buffer, storage.offset, data.buffer, data.byteOffset, data.byteLength);
  }

  /** Copies `bytes` from the start of one storage to the start of another, in order with the dispatches. */
  copy(source: Storage, target: Storage, bytes: number): void {
    this.#endPass();
    this.#openEncoder().copyBufferToBuffer(source.buffer, source.offset, target.buffer, target.offset, bytes);
    source.use.lastBatch = target.use.lastBatch = this.#batch;
    target.writes++;
  }

  /** Sets `bytes` of a storage to zero, in order with the dispatches. */
  clear(storage: Storage, bytes: number): void {
    this.#endPass();
    this.#openEncoder().clearBuffer(storage.buffer, storage.offset, bytes);
    storage.use.lastBatch = this.#batch;
    storage.writes++;
  }

  /** Submits all recorded work, waits, and returns the first `elements` floats of a storage. */
  async read(storage: Storage, elements: number): Promise<Float32Array> {
    const size = Math.max(4, elements * 4);
    const staging = this.#device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    this.#endPass();
    this.#openEncoder().copyBufferToBuffer(storage.buffer, storage.offset, staging, 0, size);
    this.flush();
    return fetchFloats(staging, elements);
  }

  /**
   * Copies the first float of each storage, in order with the dispatches, without submitting. The returned function reads the
   * copies, and submits first if necessary. The next `idle` waits for the copies too, so that the function then returns at
   * once.
   */
  capture(storages: readonly Storage[]): () => Promise<Float32Array> {
    const size = Math.max(4, storages.length * 4);
    const staging = this.#device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    this.#endPass();
    for (const [index, { buffer, offset, use }] of storages.entries()) {
      this.#openEncoder().copyBufferToBuffer(buffer, offset, staging, index * 4, 4);
      use.lastBatch = this.#batch;
    }
    const batch = this.#batch;
    let floats: Promise<Float32Array> | undefined;
    const fetch = (): Promise<Float32Array> => {
      if (this.#batch === batch) this.flush();
      return (floats ??= fetchFloats(staging, storages.length));
    };
    this.#captures.push(fetch);
    return fetch;
  }

  /**
   * Submits all recorded work and resolves when the device has finished it. It does not wait for work submitted meanwhile.
   *
   * Dawn's Node binding polls without pause while one of its promises is pending, which costs a software adapter a core. So on
   * a software adapter, `idle` first sleeps through most of the shorter of the last two waits; the longer one may have included
   * compilation. After a sleep that was too long, the next waits are measured without one. A GPU would be idle during a sleep
   * that is too long, so on a GPU there is none.
   *
   * The wait is for a buffer that this batch writes. `onSubmittedWorkDone`, called after a sleep, would wait for the next
   * batches as well.
   */
  async idle(): Promise<void> {
    const fence = this.#fence();
    this.flush();
    const captures = this.#captures.splice(0);
    const start = performance.now();
    const pause = this.#sleeps ? PATIENCE * Math.min(...this.#lastWaits) : 0;
    if (pause >= 1) await new Promise((resolve) => setTimeout(resolve, pause));
    const awake = performance.now();
    await Promise.all([fetchFloats(fence, 0), ...captures.map((fetch) => fetch())]);
    const done = performance.now();
    const overslept = pause >= 1 && done - awake < 1;
    this.#lastWaits = [overslept ? 0 : done - start, this.#lastWaits[0]];
  }

  /** A buffer that can be mapped as soon as all work recorded so far is done. */
  #fence(): GPUBuffer {
    const fence = this.#device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    this.#endPass();
    this.#openEncoder().clearBuffer(fence, 0, 4);
    return fence;
  }

  #openEncoder(): GPUCommandEncoder {
    return (this.#encoder ??= this.#device.createCommandEncoder());
  }

  #beginPass(kernel: CompiledKernel, storages: readonly Storage[], groups: number, flops: number): GPUComputePassEncoder {
    if (this.#pass) return this.#pass;
    const timestampWrites = this.#timer?.begin({ kernel: kernel.name, pipeline: kernel.label, storages, workgroups: groups, flops });
    this.#pass = this.#openEncoder().beginComputePass(timestampWrites ? { timestampWrites } : {});
    return this.#pass;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
    this.#kernel = undefined;
  }

  #writeParams(kernel: CompiledKernel, values: readonly number[], start: number): void {
    const { params } = kernel;
    for (let index = 0; index < params.length; index++) {
      const value = values[index] ?? 0;
      const kind = params[index]?.[1];
      if (kind === "f32") this.#floats[start + index] = value;
      else if (kind === "i32") this.#signed[start + index] = value;
      else this.#unsigned[start + index] = value;
    }
  }

  #bindGroup(kernel: CompiledKernel, storages: readonly Storage[]): GPUBindGroup {
    let key = "";
    for (const storage of storages) key += `${storage.id},`;
    let group = kernel.groups.get(key);
    if (!group) kernel.groups.set(key, (group = this.#createBindGroup(kernel, storages)));
    return group;
  }

  #createBindGroup(kernel: CompiledKernel, storages: readonly Storage[]): GPUBindGroup {
    const entries: GPUBindGroupEntry[] = storages.map(({ buffer, offset, bytes }, binding) => ({
      binding,
      resource: { buffer, offset, size: bytes },
    }));
    const size = Math.max(4, kernel.params.length * 4);
    entries.push({ binding: storages.length, resource: { buffer: this.#arena, offset: 0, size } });
    return this.#device.createBindGroup({ label: kernel.label, layout: kernel.layout, entries });
  }
}

/** Reads the first floats of a staging buffer, then destroys it. */
async function fetchFloats(staging: GPUBuffer, elements: number): Promise<Float32Array> {
  try {
    await staging.mapAsync(GPUMapMode.READ);
    return new Float32Array(staging.getMappedRange().slice(0, elements * 4));
  } finally {
    staging.destroy();
  }
}
