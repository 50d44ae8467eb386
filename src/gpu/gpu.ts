/** `Gpu`: a device and the engine's state for it. */
import { DeviceError, KernelError } from "../errors.js";
import { floatsOf, type DType } from "../dtype.js";
import { env } from "../env.js";
import { Choices } from "./choices.js";
import { describeDispatches, DispatchTimer } from "./dispatch-timer.js";
import { KernelCache } from "./kernel.js";
import type { Bindable, Grid, KernelArguments, KernelName, KernelSource } from "./kernel-arguments.js";
import { matrixFeatures, matrixUnitsOf, type MatrixUnits } from "./matrix-units.js";
import type { Observer } from "./observer.js";
import { BufferPool, type Storage } from "./pool.js";
import { Queue } from "./queue.js";
import { rehearsalDevice } from "./rehearsal.js";
import { ScopeStack, type Scope } from "./scope.js";
import { uncapturedError } from "./uncaptured-error.js";

/** Requested if the adapter has them. TypeScript's list does not know the last one yet. */
const WANTED_FEATURES: readonly GPUFeatureName[] = ["timestamp-query", "shader-f16", "subgroups", "subgroup-size-control" as GPUFeatureName];
/** The pool may always keep this many bytes of unused buffers. */
const POOL_LIMIT = 2 ** 30;

/** A snapshot of the device's work and memory. */
export interface GpuStats {
  readonly dispatches: number;
  readonly submits: number;
  readonly pipelines: number;
  /** Floating-point operations stated by the dispatches. Only convolutions state theirs. */
  readonly flops: number;
  /** Bytes used by tensors and graphs. */
  readonly liveBytes: number;
  /** The most bytes allocated on the device so far, including buffers kept for reuse. */
  readonly peakBytes: number;
}

/**
 * A WebGPU device and the engine's state for it: kernels, buffers, the queue and the open scopes.
 *
 * `openGpu()` of the Node or the browser entry opens one, and `dispose()` destroys it.
 */
export class Gpu {
  readonly adapterInfo: GPUAdapterInfo;
  /** True for a software adapter, which runs kernels on the CPU. */
  readonly isCpu: boolean;
  /** Lanes of a subgroup, if all subgroups of the device have one size; otherwise 0. */
  readonly subgroupLanes: number;
  /** How the device's matrix units multiply, if the caller opted in to them. */
  readonly matrixUnits: MatrixUnits | undefined;
  /** Kernel variants chosen by measurement; see `tune`. */
  readonly choices = new Choices();
  readonly device: GPUDevice;
  readonly scopes = new ScopeStack();
  readonly pool: BufferPool;
  readonly queue: Queue;
  readonly #kernels: KernelCache;
  /** Present with `DEBUG=2`. */
  readonly #timer: DispatchTimer | undefined;
  /** In Node, the Dawn instance. The process crashes if it is garbage-collected before its device. */
  readonly keepAlive: unknown;
  /** True if nothing is computed and values are meaningless; see `rehearsal`. */
  readonly isRehearsal: boolean;
  /** Is called for every op as it is recorded; see `firstNonFinite` and `trace`. */
  observer: Observer | undefined;
  #flops = 0;
  #failure: Error | undefined;
  #disposed = false;
  /** What the device has not answered yet. */
  readonly #unanswered = new Set<Promise<unknown>>();

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
    this.#kernels = new KernelCache(device, isRehearsal ? undefined : (error) => this.#fail(error));
    const timed = env.debug >= 2 && !isRehearsal;
    this.#timer = timed && device.features.has("timestamp-query") ? new DispatchTimer(device) : undefined;
    if (timed && !this.#timer) console.error("DEBUG=2: this device has no timestamps, so its dispatches are not listed");
    this.queue = new Queue(device, this.isCpu);
    this.queue.timer = this.#timer;
    device.onuncapturederror = ({ error }) => {
      const failure = uncapturedError(error, this.pool.allocatedBytes);
      // A kernel that does not compile has an error that says more.
      void this.#kernels.checked.then(() => this.#fail(failure));
    };
    void device.lost.then(({ message, reason }) => {
      const advice = "Everything on it is gone. Open a new one with openGpu().";
      if (!this.#disposed) this.#fail(new DeviceError(`device: lost (${reason}). ${advice} ${message}`));
    });
  }

  /**
   * Opens the adapter's device with its largest limits and the features that the engine uses.
   *
   * `matrices` opts in to its matrix units. Throws DeviceError if it has none that the engine can use. Throws DeviceError,
   * with the features and limits that were requested, if the adapter refuses the device.
   */
  static async create(
    adapter: GPUAdapter,
    options: { readonly keepAlive?: unknown; readonly matrices?: boolean | undefined } = {},
  ): Promise<Gpu> {
    const { limits } = adapter;
    const usual = WANTED_FEATURES.filter((feature) => adapter.features.has(feature));
    const features = options.matrices ? [...usual, ...(matrixFeatures(adapter.features, adapter.info) as GPUFeatureName[])] : usual;
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
      throw new DeviceError(`device: ${name} refused ${asked}: ${String(cause)}.`, { cause });
    });
    if (env.debug >= 1) console.error(`adapter ${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
    return new Gpu(device, info, options.keepAlive);
  }

  /**
   * A device of the same kind that records everything and computes nothing. Its `stats` are those of the real work, without
   * any work for the device. Values read from it are meaningless.
   */
  rehearsal(): Gpu {
    const rehearsal = new Gpu(rehearsalDevice(this.device), this.adapterInfo, undefined, true);
    for (const [work, variant] of this.choices) rehearsal.choices.set(work, variant);
    return rehearsal;
  }

  /** Throws the device's first error, or DeviceError once the device is lost or disposed. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /**
   * Records one dispatch of a kernel: of the engine's, by its name, or of your own, `{ name, wgsl }`. The arguments have the
   * names that the shader gives them. See "A kernel of your own" in docs/library.md.
   *
   * Throws KernelError if the shader is not as `KernelSource` says, if an argument is missing, or if `grid.threads` is not a
   * whole number. Throws ReleasedError for a released tensor, and DeviceError for one of another device. If WGSL does not compile,
   * the next `data()` or `idle()` throws a KernelError.
   */
  run<const K extends KernelName | KernelSource>(kernel: K, args: KernelArguments<K>, grid: Grid<K>): void {
    this.check();
    // The arguments have exactly the names that the shader's parser found, unless a caller works around the types.
    const named = args as unknown as Readonly<Record<string, Bindable | undefined>>;
    const numbers = args as unknown as Readonly<Record<string, number | undefined>>;
    const compiled = this.#kernels.get(kernel, grid.width ?? 4, grid.tune, named);
    const storages: Storage[] = [];
    for (const binding of compiled.bindings) {
      const argument = named[binding];
      if (!argument?.storage) throw new KernelError(`${compiled.name}: expected a tensor as "${binding}", got ${JSON.stringify(argument)}.`);
      if (argument.gpu && argument.gpu !== this) {
        throw new DeviceError(`${compiled.name}: expected tensors of this device, got "${binding}" of another.`);
      }
      storages.push(argument.storage);
    }
    const values: number[] = [];
    for (const [param, kind] of compiled.params) {
      const value = numbers[param];
      if (typeof value !== "number") throw new KernelError(`${compiled.name}: expected a number (${kind}) as "${param}", got ${String(value)}.`);
      values.push(value);
    }
    const { threads, flops = 0 } = grid;
    if (!(Number.isSafeInteger(threads) && threads >= 0)) {
      throw new KernelError(`${compiled.name}: expected a whole number of threads, got ${threads}.`);
    }
    this.#flops += flops;
    this.queue.dispatch(compiled, storages, values, threads, flops);
  }

  /** Whether tensors can be float16. */
  get hasHalf(): boolean {
    return this.device.features.has("shader-f16");
  }

  /** Reads the first `elements` values of a storage back to the host, those of float16 as float32. */
  async read(storage: Storage, elements: number, dtype: DType = "float32"): Promise<Float32Array> {
    this.check();
    const words = dtype === "float16" ? Math.ceil(elements / 2) : elements;
    const data = await this.#survive(this.queue.read(storage, words));
    await this.#afterFlush();
    return dtype === "float16" ? floatsOf(new Uint16Array(data.buffer), elements) : data;
  }

  /** Copies the first float of each storage, in order with the dispatches. The returned function reads the copies. */
  capture(storages: readonly Storage[]): () => Promise<Float32Array> {
    this.check();
    const fetch = this.queue.capture(storages);
    return () => this.#survive(fetch());
  }

  /** Submits all recorded work and resolves when the device has finished it. Throws the device's first error. */
  async idle(): Promise<void> {
    this.check();
    await this.#survive(this.queue.idle());
    await this.#afterFlush();
  }

  /** Frees the memory that is kept for reuse. Call it after work that will not be repeated. */
  trim(): void {
    // Recorded dispatches may still use a buffer that the pool counts as free.
    this.queue.flush();
    this.#kernels.forgetGroups();
    this.pool.trim();
  }

  /** Opens a scope. When it closes, it releases the tensors made in it that were not kept. Declare it with `using`. */
  scope(name: string): Scope {
    return this.scopes.open(name);
  }

  get isDisposed(): boolean {
    return this.#disposed;
  }

  get stats(): GpuStats {
    const { dispatches, submits } = this.queue;
    const { liveBytes, peakBytes } = this.pool;
    return { dispatches, submits, pipelines: this.#kernels.size, flops: this.#flops, liveBytes, peakBytes };
  }

  /**
   * Destroys the device. Nothing made on it can be used afterwards. Await `data()` and `idle()` first: what is still in flight
   * is rejected.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (env.debug >= 1 && !this.isRehearsal) console.error(`peak device memory ${(this.pool.peakBytes / 2 ** 20).toFixed(1)} MiB`);
    this.#fail(new DeviceError("device: used after dispose(). Await what is under way before it, or open a new one with openGpu()."));
    this.device.destroy();
  }

  /**
   * Destroys the device, and resolves when nothing of it is in flight. Await it before a worker of Node ends, because Dawn aborts the
   * process otherwise; `endWorker` does it.
   */
  async end(): Promise<void> {
    this.dispose();
    await Promise.allSettled([...this.#unanswered, this.#kernels.checked]);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
  }

  /** Waits for the device's answer. If the device has been lost, throws the reason instead of the rejection. */
  async #survive<T>(answer: Promise<T>): Promise<T> {
    this.#unanswered.add(answer);
    try {
      return await answer;
    } catch (cause) {
      if (this.#disposed) throw new DeviceError("device: disposed before it had finished. Await data() and idle() before dispose().", { cause });
      this.check();
      throw new DeviceError(`device: did not answer: ${String(cause)}.`, { cause });
    } finally {
      this.#unanswered.delete(answer);
    }
  }

  async #afterFlush(): Promise<void> {
    await this.#kernels.checked;
    this.check();
    if (this.#timer) {
      const dispatches = await this.#survive(this.#timer.take());
      for (const line of describeDispatches(dispatches, this.pool.allocatedBytes)) console.error(line);
    }
    if (this.pool.overfull) this.trim();
  }
}
