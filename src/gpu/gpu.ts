import { DeviceError } from "../errors.js";
import { env } from "../env.js";
import { Choices } from "./choices.js";
import { inertDevice } from "./rehearsal.js";
import { KernelCache, type Grid, type KernelArguments, type KernelName } from "./kernel.js";
import { matrixFeatures, matrixUnitsOf, type MatrixUnits } from "./matrix-units.js";
import type { Observer } from "./observer.js";
import { BufferPool, type Storage } from "./pool.js";
import { Profiler } from "./profiler.js";
import { Queue } from "./queue.js";
import { ScopeStack, type Scope } from "./scope.js";

/** Taken where the adapter has them; the last is newer than TypeScript's list. */
const WANTED_FEATURES: readonly GPUFeatureName[] = ["timestamp-query", "subgroups", "subgroup-size-control" as GPUFeatureName];
/** Bytes of unused buffers that are kept for reuse in any case. */
const POOL_LIMIT = 2 ** 30;

/** A snapshot of what the device was asked to do and holds. */
export interface GpuStats {
  readonly dispatches: number;
  readonly submits: number;
  readonly pipelines: number;
  /** Floating-point operations that the dispatches stated: those of the convolutions. */
  readonly flops: number;
  /** Bytes held by tensors and graphs. */
  readonly liveBytes: number;
  /** Bytes allocated on the device, kept buffers included, at most so far. */
  readonly peakBytes: number;
}

/**
 * A WebGPU device with everything the engine keeps for it: kernels, buffers, the queue and the open scopes.
 *
 * Made by `openGpu()` of the Node or the browser entry; `dispose()` gives the device back.
 */
export class Gpu {
  readonly adapterInfo: GPUAdapterInfo;
  /** True on a software adapter, whose kernels run on the processor. */
  readonly isCpu: boolean;
  /** Lanes of a subgroup where the device has them in one size, else 0. */
  readonly subgroupLanes: number;
  /** How the device's matrix units multiply, where the caller opted in to them. */
  readonly matrixUnits: MatrixUnits | undefined;
  /** Kernel variants chosen by measurement, by the name of the work. */
  readonly choices = new Choices();
  readonly device: GPUDevice;
  readonly scopes = new ScopeStack();
  readonly pool: BufferPool;
  readonly queue: Queue;
  readonly #kernels: KernelCache;
  readonly #profiler: Profiler | undefined;
  /** In Node, the Dawn instance: the process dies when it is collected while its device lives. */
  readonly keepAlive: unknown;
  /** True where nothing is computed, so that values are of no account; see `rehearsal`. */
  readonly isRehearsal: boolean;
  /** Sees every op as it is recorded; see `firstNonFinite`. */
  observer: Observer | undefined;
  #flops = 0;
  #failure: Error | undefined;
  #disposed = false;

  private constructor(device: GPUDevice, info: GPUAdapterInfo, keepAlive: unknown, isRehearsal = false) {
    this.device = device;
    this.isRehearsal = isRehearsal;
    this.adapterInfo = info;
    this.isCpu = info.isFallbackAdapter;
    const oneSize = device.features.has("subgroups") && info.subgroupMinSize === info.subgroupMaxSize;
    this.subgroupLanes = oneSize ? info.subgroupMinSize : 0;
    this.matrixUnits = matrixUnitsOf(device.features, info);
    this.keepAlive = keepAlive;
    this.pool = new BufferPool(device, POOL_LIMIT);
    this.#kernels = new KernelCache(device);
    this.#profiler = env.debug >= 2 && device.features.has("timestamp-query") && !isRehearsal ? new Profiler(device) : undefined;
    this.queue = new Queue(device, this.#profiler, this.isCpu);
    device.onuncapturederror = ({ error }) => this.#fail(new DeviceError(`device: ${error.message}`));
    void device.lost.then(({ message, reason }) => {
      const advice = "with all that was on it. Open a new one with openGpu()";
      if (!this.#disposed) this.#fail(new DeviceError(`device: lost (${reason}) ${advice}: ${message}`));
    });
  }

  /**
   * Opens the adapter's device with the largest limits and the features the engine uses.
   *
   * `matrices` opts in to its matrix units. Throws DeviceError where it has none of use, and, with what was asked for, when
   * the adapter refuses the device.
   */
  static async create(
    adapter: GPUAdapter,
    options: { readonly keepAlive?: unknown; readonly matrices?: boolean | undefined } = {},
  ): Promise<Gpu> {
    const { limits } = adapter;
    const usual = WANTED_FEATURES.filter((feature) => adapter.features.has(feature));
    const features = options.matrices ? [...usual, ...matrixFeatures(adapter)] : usual;
    const wanted = {
      requiredFeatures: features,
      requiredLimits: {
        maxBufferSize: limits.maxBufferSize,
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
        maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
        maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
        maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      },
    };
    const { info } = adapter;
    const device = await adapter.requestDevice(wanted).catch((cause: unknown) => {
      const name = info.description || info.device || info.vendor;
      const asked = JSON.stringify(wanted);
      throw new DeviceError(`device: expected ${name} to give ${asked}, got ${String(cause)}.`, { cause });
    });
    if (env.debug >= 1) console.error(`adapter ${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
    return new Gpu(device, info, options.keepAlive);
  }

  /**
   * A device of the same kind on which everything is recorded and nothing is done: its `stats` are those that the work
   * would have, at no cost to the device. Values cannot be read from it.
   */
  rehearsal(): Gpu {
    const rehearsal = new Gpu(inertDevice(this.device), this.adapterInfo, undefined, true);
    for (const [work, variant] of this.choices) rehearsal.choices.set(work, variant);
    return rehearsal;
  }

  /** Throws what went wrong on the device, or DeviceError once it is lost or disposed. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Records one dispatch of a kernel, its arguments given by the names in the shader. */
  run<K extends KernelName>(name: K, args: KernelArguments<K>, grid: Grid<K>): void {
    this.check();
    const kernel = this.#kernels.get(name, grid.width ?? 4, grid.tune);
    // KernelArguments<K> has exactly the names that the generator read from the shader.
    const named = args as unknown as Readonly<Record<string, { readonly storage: Storage }>>;
    const numbers = args as unknown as Readonly<Record<string, number>>;
    const storages: Storage[] = [];
    for (const binding of kernel.bindings) {
      const argument = named[binding];
      if (argument) storages.push(argument.storage);
    }
    const values: number[] = [];
    for (const [param] of kernel.params) values.push(numbers[param] ?? 0);
    const { threads, flops = 0 } = grid;
    this.#flops += flops;
    this.queue.dispatch(kernel, storages, values, threads, flops);
  }

  /** Reads the first `elements` floats of a storage back to the host. */
  async read(storage: Storage, elements: number): Promise<Float32Array> {
    this.check();
    const data = await this.#survive(this.queue.read(storage, elements));
    await this.#afterFlush();
    return data;
  }

  /** Notes the first float of each storage as it is now, in order with the dispatches; the function it gives fetches them. */
  capture(storages: readonly Storage[]): () => Promise<Float32Array> {
    this.check();
    const fetch = this.queue.capture(storages);
    return () => this.#survive(fetch());
  }

  /** Submits what is recorded and resolves when the device has done it. Throws what went wrong on the device. */
  async idle(): Promise<void> {
    this.check();
    await this.#survive(this.queue.idle());
    await this.#afterFlush();
  }

  /** Gives the device the memory back that is kept for reuse; for after work that will not be done again. */
  trim(): void {
    // Dispatches recorded since may still use a buffer that is free again.
    this.queue.flush();
    this.#kernels.forgetGroups();
    this.pool.trim();
  }

  /** Opens a scope: tensors made until it is closed are released then, unless kept. Use it with `using`. */
  scope(name: string): Scope {
    return this.scopes.open(name);
  }

  get stats(): GpuStats {
    const { dispatches, submits } = this.queue;
    const { liveBytes, peakBytes } = this.pool;
    return { dispatches, submits, pipelines: this.#kernels.size, flops: this.#flops, liveBytes, peakBytes };
  }

  /** Gives the device back. Everything of it is unusable afterwards. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (env.debug >= 1 && !this.isRehearsal) console.error(`peak device memory ${(this.pool.peakBytes / 2 ** 20).toFixed(1)} MiB`);
    this.#fail(new DeviceError("device: used after dispose(). Open a new one with openGpu()."));
    this.device.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
  }

  /** What the device answers; where it went meanwhile, the reason instead of the bare rejection. */
  async #survive<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (cause) {
      this.check();
      throw new DeviceError(`device: expected an answer, got ${String(cause)}.`, { cause });
    }
  }

  async #afterFlush(): Promise<void> {
    this.check();
    if (this.#profiler) await this.#survive(this.#profiler.report(this.pool.allocatedBytes));
    if (this.pool.overfull) this.trim();
  }
}
