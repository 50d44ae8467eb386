/** Processes that are all in this one, for tests of what they compute together. */
import type { ProcessGroup } from "../../src/distributed/process-group.js";

/** The groups of `worldSize` ranks, as each rank sees them. */
export function localGroups(worldSize: number): readonly ProcessGroup[] {
  const exchanges = new Map<string, { readonly parts: (readonly Float32Array[])[]; readonly done: Promise<void>; readonly finish: () => void }>();
  const exchange = (key: string) => {
    const { promise, resolve } = deferred();
    const made = exchanges.get(key) ?? { parts: [], done: promise, finish: resolve };
    exchanges.set(key, made);
    return made;
  };
  return Array.from({ length: worldSize }, (_, rank) => {
    const calls = new Map<string, number>();
    return {
      rank,
      worldSize,
      async allToAll(topic, parts) {
        const call = calls.get(topic) ?? 0;
        calls.set(topic, call + 1);
        const { parts: all, done, finish } = exchange(`${topic} ${call}`);
        // A copy, as if it had travelled.
        all[rank] = parts.map((part) => part.slice());
        if (Object.keys(all).length === worldSize) finish();
        await done;
        return all.map((its) => its[rank] ?? new Float32Array());
      },
    };
  });
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
