import { UsageError } from "../errors.js";

/** One of several equal parts of some work, counted from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Reads `i/n`; throws a UsageError that says what is wrong. */
export function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index === undefined || count === undefined || count < 1 || index >= count) {
    throw new UsageError(`--shard: expected i/n with i from 0 to n − 1, as in 0/8 to 7/8, got "${text}".`);
  }
  return { index, count };
}

/** Every n-th item: the parts of all shards differ by one item at most, share none, and are everything together. */
export function takeShard<T>(items: readonly T[], { index, count }: Shard): T[] {
  return items.filter((_, place) => place % count === index);
}
