/** The device of a rehearsal, which records work and does none. */

/** Any property of it, and any call of it, is itself again. It is not a promise, so awaiting it ends. */
const inert: object = new Proxy(() => undefined, {
  get: (_, name): unknown => (name === "then" ? undefined : inert),
  apply: () => inert,
});

/** What a rehearsal shares with the real device. */
const FACTS: readonly PropertyKey[] = ["features", "limits", "adapterInfo", "lost"];

/**
 * Stands in for `device` to go through a computation without doing it. It has the same limits and features; its buffers take
 * no memory, its pipelines are never compiled, and its queue drops what it is given.
 */
export function rehearsalDevice(device: GPUDevice): GPUDevice {
  return new Proxy(device, {
    get: (target, name): unknown => (FACTS.includes(name) ? Reflect.get(target, name, target) : inert),
    set: () => true,
  });
}
