/** Arenas: the parameters of an optimizer side by side in one buffer. */
import { DeviceError, MisuseError, ShapeError, UsageError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { formatShape, sameShape } from "../shape.js";
import { GradientSlot } from "../tensor/gradient-slot.js";
import { Tensor } from "../tensor/tensor.js";

/** A parameter's place in an arena, in floats. */
export interface Place {
  readonly tensor: Tensor;
  readonly start: number;
  readonly length: number;
}

/** Tensors placed one after the other in one buffer. */
export interface Packed {
  readonly places: readonly Place[];
  readonly values: Tensor;
}

/** Parameters in one buffer and their gradients in another one alike, so that one dispatch updates all. */
export interface Arena extends Packed {
  readonly gradients: Tensor;
}

/** The most bytes of an arena. Arenas are smaller if the device cannot bind that much. */
const MAX_BYTES = 128 * 2 ** 20;

/** Moves parameters into arenas, and gives each a slot for its gradient. Throws as `layOut` does. */
export function buildArenas(gpu: Gpu, parameters: readonly Tensor[]): Arena[] {
  return layOut(gpu, parameters).map((places) => buildArena(gpu, pack(gpu, places)));
}

/**
 * Plans the places of tensors in as few buffers as the device can bind. Nothing moves yet.
 *
 * Throws DeviceError when a tensor is on another device, and MisuseError when one is listed twice or is in an arena already.
 */
export function layOut(gpu: Gpu, parameters: readonly Tensor[]): Place[][] {
  const alignment = gpu.device.limits.minStorageBufferOffsetAlignment / 4;
  const limit = Math.min(MAX_BYTES, gpu.device.limits.maxStorageBufferBindingSize) / 4;
  const groups: Place[][] = [];
  let end = Infinity;
  checkFree(gpu, parameters);
  for (const tensor of parameters) {
    const length = Math.ceil(tensor.size / alignment) * alignment;
    if (end + length > limit) {
      groups.push([]);
      end = 0;
    }
    groups.at(-1)?.push({ tensor, start: end, length });
    end += length;
  }
  return groups;
}

/** Throws UsageError if there are none, and MisuseError for one that no `backward` gives a gradient. */
export function checkParameters(optimizer: string, parameters: readonly Tensor[]): void {
  if (parameters.length === 0) throw new UsageError(`${optimizer}: expected at least one parameter, got none.`);
  for (const { label, node, requiresGrad } of parameters) {
    if (node) throw new MisuseError(`${optimizer}: expected leaves, got "${label}", which ${node.op} computed.`);
    if (requiresGrad) continue;
    throw new MisuseError(`${optimizer}: expected tensors that want a gradient, got "${label}". Mark it with withGrad().`);
  }
}

function checkFree(gpu: Gpu, parameters: readonly Tensor[]): void {
  const seen = new Set<Tensor>();
  for (const tensor of parameters) {
    const { label } = tensor;
    if (tensor.gpu !== gpu) throw new DeviceError(`optimizer: expected parameters of its own device, got "${label}" of another.`);
    if (seen.has(tensor)) throw new MisuseError(`optimizer: "${label}" is listed twice. List each parameter once.`);
    seen.add(tensor);
    if (!tensor.storage.base) continue;
    throw new MisuseError(
      `optimizer: "${label}" belongs to another optimizer or average already, which holds its memory. ` +
        "List it in one of them only, or give this one a copy of its values.",
    );
  }
}

/** For what an optimizer remembers of each parameter. */
export function zeros(gpu: Gpu, size: number, label: string): Tensor {
  const tensor = Tensor.untracked(gpu, [size], label);
  gpu.queue.clear(tensor.storage, size * 4);
  return tensor;
}

/** The size, in floats, of the buffer for these tensors. */
export function lengthOf(places: readonly Place[]): number {
  const last = places.at(-1);
  return last ? last.start + last.length : 0;
}

/** Moves tensors to their places in a new buffer. */
export function pack(gpu: Gpu, places: readonly Place[]): Packed {
  const values = zeros(gpu, lengthOf(places), "parameters");
  for (const { tensor, start, length } of places) tensor.moveTo(gpu.pool.slice(values.storage, start * 4, length * 4));
  // No later request will have the sizes of the parameters' old buffers.
  gpu.trim();
  return { places, values };
}

function buildArena(gpu: Gpu, { places, values }: Packed): Arena {
  const gradients = zeros(gpu, values.size, "gradients");
  for (const { tensor, start, length } of places) {
    tensor.gradientSlot = new GradientSlot(gpu, gpu.pool.slice(gradients.storage, start * 4, length * 4));
  }
  return { places, values, gradients };
}

/**
 * Copies the gradients that are not in their slots there. The returned function puts back what was in the slots, if that is still in
 * use. Throws ShapeError, with the name of the optimizer, and changes nothing, when a gradient does not have its parameter's shape.
 */
export function gatherGradients(optimizer: string, parameters: Iterable<Tensor>): () => void {
  const tensors = [...parameters];
  for (const tensor of tensors) checkGradient(optimizer, tensor);
  const putBacks = tensors.map(({ grad, gradientSlot }) => grad && gradientSlot?.gather(grad));
  return () => {
    for (const putBack of putBacks) putBack?.();
  };
}

function checkGradient(optimizer: string, { grad, shape, label }: Tensor): void {
  if (!grad || sameShape(grad.shape, shape)) return;
  throw new ShapeError(
    `${optimizer}: expected a gradient ${formatShape(shape)} of "${label}", got "${grad.label}" ${formatShape(grad.shape)}.`,
  );
}

/** Replaces the gradient of a parameter, if it has one, by the values at its place in a tensor that is laid out as its arena. */
export function putGradient(gpu: Gpu, { tensor, start }: Place, from: Tensor): void {
  const { grad, size } = tensor;
  if (!grad) return;
  const { label } = grad;
  tensor.zeroGrad();
  const put = tensor.claimGradient(label);
  gpu.queue.copy(gpu.pool.slice(from.storage, start * 4, size * 4), put.storage, size * 4);
  tensor.grad = put;
}

/** Neighbouring places, in floats, whose parameters have gradients and are updated alike. */
export interface Run<Key> {
  readonly start: number;
  end: number;
  /** What `keyOf` says of each of its parameters. */
  readonly key: Key;
}

/**
 * The longest runs of neighbouring parameters that one dispatch can update: those with gradients and the same `keyOf`. Counts a write
 * for each, because the kernel writes to the arena, which does not count as a write to its slices.
 */
export function runsIn<Key>({ places }: Packed, keyOf: (parameter: Tensor) => Key): readonly Run<Key>[] {
  const runs: Run<Key>[] = [];
  for (const { tensor, start, length } of places) {
    if (!tensor.grad) continue;
    tensor.storage.writes++;
    const key = keyOf(tensor);
    const last = runs.at(-1);
    if (last?.end === start && last.key === key) last.end += length;
    else runs.push({ start, end: start + length, key });
  }
  return runs;
}

/** The values at the places of the parameters, in their order, of a tensor that is laid out as their arena. Waits for the device. */
export async function readPlaces(places: readonly Place[], tensor: Tensor): Promise<Float32Array[]> {
  const values = await tensor.data();
  return places.map(({ tensor: { size }, start }) => values.slice(start, start + size));
}

/** The inverse of `readPlaces`: writes values to the places, and 0 between them. */
export function writePlaces(places: readonly Place[], tensor: Tensor, values: readonly Float32Array[]): void {
  const all = new Float32Array(tensor.size);
  for (const [index, { start }] of places.entries()) all.set(values[index] ?? [], start);
  tensor.write(all);
}
