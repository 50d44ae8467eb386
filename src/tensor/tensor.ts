/** The tensor: a handle on device memory. */
import { bytesOf, halvesOf, type DType } from "../dtype.js";
import { DeviceError, MisuseError, ReleasedError, ShapeError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import type { Bindable } from "../gpu/kernel-arguments.js";
import type { Storage } from "../gpu/pool.js";
import type { Releasable } from "../gpu/scope.js";
import type { GradientSlot } from "./gradient-slot.js";
import type { GraphNode } from "./graph.js";
import { forgetLeak, watchForLeak } from "./leak-notice.js";
import type { Random } from "../random.js";
import { checkShape, formatShape, sizeOf, type Shape } from "../shape.js";

/**
 * An array on the device, of float32 unless it says otherwise.
 *
 * A tensor is a handle. `release()`, or the end of the scope it was made in, ends the handle. The memory is freed when no other
 * handle and no graph needs it. A tensor marked with `withGrad()` is a leaf: `backward` puts its gradient into `grad`.
 */
export class Tensor implements Bindable, Releasable {
  readonly gpu: Gpu;
  readonly shape: Shape;
  /** How the values are stored. Kernels compute in float32 with either. */
  readonly dtype: DType;
  /** Names the tensor in errors, graphs and traces. */
  label: string;
  /** True for a leaf whose gradient is wanted, and for everything computed from one. */
  requiresGrad = false;
  /** The gradient after `backward`; for leaves only. */
  grad: Tensor | undefined;
  /** For the engine: the place where this leaf's optimizer expects its gradient. */
  gradientSlot: GradientSlot | undefined;
  #storage: Storage | undefined;
  #node: GraphNode<Tensor> | undefined;
  #watched = false;

  /** For the engine: wraps a storage and owns its reference. No scope tracks it. Users call `from`, `zeros` or an op. */
  constructor(gpu: Gpu, shape: Shape, storage: Storage, label: string, dtype: DType = "float32") {
    this.gpu = gpu;
    this.shape = shape;
    this.dtype = dtype;
    this.label = label;
    this.#storage = storage;
  }

  /** For the engine: a tensor with undefined content that no scope tracks. */
  static untracked(gpu: Gpu, shape: Shape, label: string, dtype: DType = "float32"): Tensor {
    gpu.check();
    checkShape(label, shape);
    if (dtype === "float16" && !gpu.hasHalf) {
      throw new DeviceError(`${label}: expected a device with shader-f16 for float16, got one without. Use float32.`);
    }
    return new Tensor(gpu, shape, gpu.pool.acquire(sizeOf(shape) * bytesOf(dtype)), label, dtype);
  }

  /**
   * A tensor with undefined content, in the innermost open scope.
   *
   * Throws ShapeError unless the shape is a list of whole numbers, and DeviceError for float16 on a device without it or for
   * more memory than the device has in a buffer.
   */
  static empty(gpu: Gpu, shape: Shape, label = "tensor", dtype: DType = "float32"): Tensor {
    const tensor = Tensor.untracked(gpu, shape, label, dtype);
    gpu.scopes.track(tensor);
    return tensor;
  }

  /**
   * Copies host data to the device. The last axis is contiguous.
   *
   * Throws ShapeError when the number of elements is not that of `shape`.
   */
  static from(gpu: Gpu, shape: Shape, data: Float32Array | readonly number[], label = "tensor", dtype: DType = "float32"): Tensor {
    const tensor = Tensor.empty(gpu, shape, label, dtype);
    tensor.write(data);
    return tensor;
  }

  /** A tensor of zeros. */
  static zeros(gpu: Gpu, shape: Shape, label = "zeros", dtype: DType = "float32"): Tensor {
    return Tensor.full(gpu, shape, 0, label, dtype);
  }

  /** A tensor of ones. */
  static ones(gpu: Gpu, shape: Shape, label = "ones", dtype: DType = "float32"): Tensor {
    return Tensor.full(gpu, shape, 1, label, dtype);
  }

  /** A tensor with the same value everywhere. */
  static full(gpu: Gpu, shape: Shape, value: number, label = "full", dtype: DType = "float32"): Tensor {
    const tensor = Tensor.empty(gpu, shape, label, dtype);
    gpu.run("elementwise/fill", { y: tensor, value, size: tensor.size }, { threads: tensor.size, width: 1 });
    return tensor;
  }

  /** A tensor of independent standard normal numbers, drawn from `random`. The same generator gives the same values everywhere. */
  static randn(gpu: Gpu, shape: Shape, random: Random, label = "randn", dtype: DType = "float32"): Tensor {
    const values = new Float32Array(sizeOf(shape));
    random.fillNormal(values, 1, 0);
    return Tensor.from(gpu, shape, values, label, dtype);
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The op call that made this tensor; undefined for leaves and constants. */
  get node(): GraphNode<Tensor> | undefined {
    return this.#node;
  }

  /** The memory. Throws ReleasedError after `release()`. */
  get storage(): Storage {
    return this.#storage ?? this.#throwReleased();
  }

  get released(): boolean {
    return this.#storage === undefined;
  }

  /** Throws ReleasedError after `release()`. */
  assertLive(): void {
    if (this.released) this.#throwReleased();
  }

  /** Marks this leaf as wanting a gradient, and returns it. Throws MisuseError if an op computed it. */
  withGrad(): this {
    if (this.#node) {
      throw new MisuseError(
        `withGrad: expected a leaf, got the result of ${this.#node.op}, which gets no gradient of its own. ` +
          "Mark the tensors that it was computed from, or call detach() first.",
      );
    }
    this.requiresGrad = true;
    return this;
  }

  /** For the engine: makes this tensor the output of `node` and the owner of that reference. */
  attach(node: GraphNode<Tensor>): void {
    this.#node = node;
    this.requiresGrad = true;
  }

  /** For the engine: another handle on the same memory, by default of the same shape, outside every scope and graph. */
  alias(shape = this.shape): Tensor {
    const { storage } = this;
    this.gpu.pool.retain(storage);
    return new Tensor(this.gpu, shape, storage, this.label, this.dtype);
  }

  /** For the engine: memory to write this leaf's first gradient to, in its slot if that is free. No scope tracks it. */
  claimGradient(label: string): Tensor {
    return this.gradientSlot?.claim(this.shape, label) ?? Tensor.untracked(this.gpu, this.shape, label, this.dtype);
  }

  /** For the engine: moves the content to `storage`. */
  moveTo(storage: Storage): void {
    const old = this.storage;
    this.gpu.queue.copy(old, storage, this.size * bytesOf(this.dtype));
    this.gpu.pool.retain(storage);
    this.#storage = storage;
    this.gpu.pool.release(old);
  }

  /** Another handle on the same values, outside the graph: no gradient flows back through it. */
  detach(): Tensor {
    const tensor = this.alias();
    this.gpu.scopes.track(tensor);
    return tensor;
  }

  /** Overwrites the content, rounded to the tensor's type, after all work recorded so far. Throws ShapeError for another number of elements. */
  write(data: Float32Array | readonly number[]): void {
    if (data.length !== this.size) {
      throw new ShapeError(`${this.label}: expected ${this.size} values for ${formatShape(this.shape)}, got ${data.length}.`);
    }
    this.gpu.check();
    const floats = (): Float32Array => (data instanceof Float32Array ? data : new Float32Array(data));
    this.gpu.queue.write(this.storage, this.dtype === "float16" ? halvesOf(data) : floats());
  }

  /** Reads the values back as float32; the last axis is contiguous. Waits for the device. */
  data(): Promise<Float32Array> {
    return this.gpu.read(this.storage, this.size, this.dtype);
  }

  /** The value of a tensor of one element. Waits for the device. Throws ShapeError for any other size. */
  async item(): Promise<number> {
    if (this.size !== 1) throw new ShapeError(`item: expected one element, got ${formatShape(this.shape)}.`);
    const [value] = await this.data();
    return value ?? Number.NaN;
  }

  /** Clears the gradient, so that the next `backward` does not add to it. */
  zeroGrad(): void {
    this.grad?.release();
    this.grad = undefined;
  }

  /** Releases this handle. A second call does nothing. */
  release(): void {
    if (!this.#storage) return;
    this.gpu.pool.release(this.#storage);
    this.#storage = undefined;
    this.zeroGrad();
    this.#node?.release();
    this.#node = undefined;
    if (this.#watched) forgetLeak(this);
  }

  /** For scopes: no open scope will release this tensor. */
  unowned(): void {
    this.#watched = watchForLeak(this);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  #throwReleased(): never {
    throw new ReleasedError(
      `${this.label}: expected a live tensor ${formatShape(this.shape)}, got a released one. ` +
        "Keep it with scope.keep(tensor), or use it before its scope closes.",
    );
  }
}
