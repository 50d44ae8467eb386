/** Collects images of one size, so that they can be translated in one batch. */

/** Images waiting for others of their size. */
export interface SizeGroups<T> {
  /** Adds an image; returns a group to translate now, or an empty list. */
  add(size: string, item: T): readonly T[];
  /** The groups that are still waiting. */
  rest(): (readonly T[])[];
}

/** Groups of `batch` items of one size. Once 4 · `batch` items wait, the largest group is released as it is. */
export function groupBySize<T>(batch: number): SizeGroups<T> {
  const groups = new Map<string, T[]>();
  let waiting = 0;
  const take = (size: string): readonly T[] => {
    const group = groups.get(size) ?? [];
    groups.delete(size);
    waiting -= group.length;
    return group;
  };
  return {
    add(size, item) {
      const group = groups.get(size) ?? [];
      group.push(item);
      groups.set(size, group);
      waiting++;
      if (group.length === batch) return take(size);
      if (waiting < 4 * batch) return [];
      const [largest = size] = [...groups].sort(([, a], [, b]) => b.length - a.length).map(([key]) => key);
      return take(largest);
    },
    rest() {
      return [...groups.keys()].map(take);
    },
  };
}
