import { DeviceError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { Tensor } from "../tensor/tensor.js";

/** A parameter's place in an arena, in floats. */
export interface Place {
  readonly tensor: Tensor;
  readonly start: number;
  readonly length: number;
}

/** Tensors side by side in one buffer. */
export interface Packed {
  readonly places: readonly Place[];
  readonly values: Tensor;
}

/** Parameters side by side in one buffer, their gradients and both moments likewise, so that one dispatch updates all. */
export interface Arena extends Packed {
  readonly gradients: Tensor;
  readonly firstMoments: Tensor;
  readonly secondMoments: Tensor;
}

/** Bytes of an arena at most; smaller where the device binds less at once. */
const MAX_BYTES = 128 * 2 ** 20;

/**
 * Moves parameters into arenas and gives each the place where its gradient is to be written.
 *
 * Throws DeviceError when one lives on another device.
 */
export function buildArenas(gpu: Gpu, parameters: readonly Tensor[]): Arena[] {
  return pack(gpu, parameters).map((packed) => buildArena(gpu, packed));
}

/** Moves tensors side by side into as few buffers as the device can bind. Throws DeviceError when one lives on another. */
export function pack(gpu: Gpu, parameters: readonly Tensor[]): Packed[] {
  const alignment = gpu.device.limits.minStorageBufferOffsetAlignment / 4;
  const limit = Math.min(MAX_BYTES, gpu.device.limits.maxStorageBufferBindingSize) / 4;
  const groups: Place[][] = [];
  let end = Infinity;
  for (const tensor of parameters) {
    if (tensor.gpu !== gpu) {
      throw new DeviceError(`optimizer: expected parameters of its own device, got "${tensor.label}" of another.`);
    }
    const length = Math.ceil(tensor.size / alignment) * alignment;
    if (end + length > limit) {
      groups.push([]);
      end = 0;
    }
    groups.at(-1)?.push({ tensor, start: end, length });
    end += length;
  }
  return groups.map((places) => packGroup(gpu, places));
}

function zeros(gpu: Gpu, size: number, label: string): Tensor {
  const tensor = Tensor.untracked(gpu, [size], label);
  gpu.queue.clear(tensor.storage, size * 4);
  return tensor;
}

function packGroup(gpu: Gpu, places: readonly Place[]): Packed {
  const last = places.at(-1);
  const values = zeros(gpu, last ? last.start + last.length : 0, "parameters");
  for (const { tensor, start, length } of places) tensor.moveTo(gpu.pool.slice(values.storage, start * 4, length * 4));
  // Nothing else will be of the sizes that the parameters had.
  gpu.trim();
  return { places, values };
}

function buildArena(gpu: Gpu, { places, values }: Packed): Arena {
  const gradients = zeros(gpu, values.size, "gradients");
  for (const { tensor, start, length } of places) {
    tensor.gradStorage = gpu.pool.slice(gradients.storage, start * 4, length * 4);
  }
  const moments = (label: string): Tensor => zeros(gpu, values.size, label);
  return { places, values, gradients, firstMoments: moments("first moments"), secondMoments: moments("second moments") };
}
