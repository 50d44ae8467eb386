/** Says once that device memory leaks, because a program loses tensors that it has not released. */
import { env } from "../env.js";
import type { Gpu } from "../gpu/gpu.js";
import { formatShape, type Shape } from "../shape.js";

interface Watched {
  readonly gpu: Gpu;
  readonly label: string;
  readonly shape: Shape;
}

let said = false;

const lost = new FinalizationRegistry<Watched>(({ gpu, label, shape }) => {
  if (said || gpu.isDisposed) return;
  said = true;
  console.warn(
    `cyclegan-webgpu: the tensor "${label}" ${formatShape(shape)} was garbage-collected before it was released, so its device memory ` +
      'stays in use. Make tensors inside a scope (using scope = gpu.scope("step")), or call release(). Other tensors like it get no notice.',
  );
});

/** Watches a tensor that no scope will release. Returns whether it must be forgotten when it is released. */
export function watchForLeak(tensor: Watched): boolean {
  if (said || env.production || tensor.gpu.isRehearsal) return false;
  const { gpu, label, shape } = tensor;
  lost.register(tensor, { gpu, label, shape }, tensor);
  return true;
}

export function forgetLeak(tensor: Watched): void {
  lost.unregister(tensor);
}
