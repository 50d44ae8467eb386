/** Whatever is asked of it, called or read: itself. It is no promise, so that awaiting it ends. */
const inert: object = new Proxy(() => undefined, {
  get: (_, name): unknown => (name === "then" ? undefined : inert),
  apply: () => inert,
});

/** What is still true of a device that does nothing. */
const FACTS: readonly PropertyKey[] = ["features", "limits", "adapterInfo", "lost"];

/**
 * Stands for `device` where a computation is to be gone through without being done: it has the same limits and features,
 * its buffers take no memory, its pipelines are never compiled, and its queue drops what it is given.
 */
export function inertDevice(device: GPUDevice): GPUDevice {
  return new Proxy(device, {
    get: (target, name): unknown => (FACTS.includes(name) ? Reflect.get(target, name, target) : inert),
    set: () => true,
  });
}
