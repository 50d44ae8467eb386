/** The device of a rehearsal, which records work without doing it. */

/** Any property of it, and the result of any call of it, is the object itself. It is not a promise, so it can be awaited. */
const inert: object = new Proxy(() => undefined, {
  get: (_, name): unknown => (name === "then" ? undefined : inert),
  apply: () => inert,
});

/** The properties that a rehearsal shares with the real device. */
const FACTS: readonly PropertyKey[] = ["features", "limits", "adapterInfo", "lost"];

/**
 * Replaces `device` in a computation that is recorded but not done. It has the same limits and features. Its buffers use no
 * memory, its pipelines are never compiled, and its queue ignores all work.
 */
export function rehearsalDevice(device: GPUDevice): GPUDevice {
  return new Proxy(device, {
    get: (target, name): unknown => (FACTS.includes(name) ? Reflect.get(target, name, target) : inert),
    set: () => true,
  });
}
