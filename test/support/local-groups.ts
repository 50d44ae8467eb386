/** Processes that are all in this one, for tests of what they compute together. */
import { deferred, type Deferred } from "../../src/distributed/deferred.js";
import type { ProcessGroup } from "../../src/distributed/process-group.js";

/** The groups of `worldSize` ranks, as each rank sees them. */
export function localGroups(worldSize: number): readonly ProcessGroup[] {
  const exchanges = new Map<string, { readonly parts: (readonly Float32Array[])[]; readonly done: Deferred }>();
  const exchange = (key: string) => {
    const made = exchanges.get(key) ?? { parts: [], done: deferred() };
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
        const { parts: all, done } = exchange(`${topic} ${call}`);
        // A copy, as if it had travelled.
        all[rank] = parts.map((part) => part.slice());
        if (Object.keys(all).length === worldSize) done.resolve();
        await done.promise;
        return all.map((its) => its[rank] ?? new Float32Array());
      },
    };
  });
}
