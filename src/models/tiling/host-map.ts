import type { ImageBatch } from "../../data/image.js";
import type { DType } from "../../dtype.js";
import type { Gpu } from "../../gpu/gpu.js";
import { imageShape } from "../../shape.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Range } from "../networks/receptive-field.js";

/** A part of an image. */
export interface Rectangle {
  readonly rows: Range;
  readonly columns: Range;
}

/** The activation of one image in host memory, row by row, as float32. Parts of it are copied to the device, as `dtype`, and back. */
export class HostMap {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly dtype: DType;
  readonly #rows: (Float32Array | undefined)[];

  private constructor(height: number, width: number, channels: number, dtype: DType, rows: (Float32Array | undefined)[]) {
    this.dtype = dtype;
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.#rows = rows;
  }

  /** A map whose rows are allocated when they are first written. */
  static empty(height: number, width: number, channels: number, dtype: DType): HostMap {
    return new HostMap(height, width, channels, dtype, Array.from({ length: height }));
  }

  /** A map over the memory of a batch of one image. */
  static over({ shape: [, height, width, channels], data }: ImageBatch, dtype: DType): HostMap {
    const length = width * channels;
    const rows = Array.from({ length: height }, (_, y) => data.subarray(y * length, (y + 1) * length));
    return new HostMap(height, width, channels, dtype, rows);
  }

  /** A part of it on the device, [1, h, w, c]. */
  load(gpu: Gpu, { rows, columns }: Rectangle): Tensor {
    const height = rows.end - rows.start;
    const length = (columns.end - columns.start) * this.channels;
    const shape = [1, height, columns.end - columns.start, this.channels];
    if (gpu.isRehearsal) return Tensor.empty(gpu, shape, "tile", this.dtype);
    const data = new Float32Array(height * length);
    const left = columns.start * this.channels;
    for (let y = 0; y < height; y++) {
      const row = this.#rows[rows.start + y];
      if (row) data.set(row.subarray(left, left + length), y * length);
    }
    return Tensor.from(gpu, shape, data, "tile", this.dtype);
  }

  /** Overwrites a part with a tensor [1, h, w, c]. Waits for the device. */
  async store(tile: Tensor, { rows, columns }: Rectangle): Promise<void> {
    if (tile.gpu.isRehearsal) return;
    const [, height, width] = imageShape("tile", "x", tile.shape);
    const data = await tile.data();
    const length = width * this.channels;
    for (let y = 0; y < height; y++) {
      const row = (this.#rows[rows.start + y] ??= new Float32Array(this.width * this.channels));
      row.set(data.subarray(y * length, (y + 1) * length), columns.start * this.channels);
    }
  }
}
