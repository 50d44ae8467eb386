/** Images waiting for others of their size. */
export interface SizeGroups<T> {
  /** Adds one; returns a group that is to be translated now, if there is any. */
  add(size: string, item: T): readonly T[];
  /** What waits still, by size. */
  rest(): (readonly T[])[];
}

/** Groups of `batch` items of one size; of at most four times as many that wait, the largest group goes first. */
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
