/** A sum whose rounding does not depend on who adds. */

/** The sum of the terms `start` … `start + size` − 1. */
export interface Block<T> {
  readonly start: number;
  readonly size: number;
  readonly sum: T;
}

/**
 * Adds terms 0 … n − 1 in a fixed tree, by their indices.
 *
 * A block has 2^k terms, the first of which has an index that 2^k divides. Two blocks that make up such a block are added, the one with the
 * lower indices first, as soon as both are there. What remains in the end is added from right to left: of 7 terms,
 * ((0 + 1) + (2 + 3)) + ((4 + 5) + 6). So every addition has the same operands whether one process adds all terms or several
 * processes add some each and another one adds their blocks. At most log2(n) + 1 sums exist at a time.
 */
export class TreeSum<T> {
  readonly #plus: (a: T, b: T) => T;
  readonly #blocks: Block<T>[] = [];

  /** `plus` may use up its operands. */
  constructor(plus: (a: T, b: T) => T) {
    this.#plus = plus;
  }

  /** The blocks that await others, in ascending order. */
  get blocks(): readonly Block<T>[] {
    return this.#blocks;
  }

  /** Adds a term or a block of them. Call it in ascending order, without gaps. */
  add(block: Block<T>): void {
    const before = this.#blocks.at(-1);
    if (before?.size === block.size && before.start % (2 * before.size) === 0) {
      this.#blocks.pop();
      this.add({ start: before.start, size: 2 * before.size, sum: this.#plus(before.sum, block.sum) });
    } else this.#blocks.push(block);
  }

  /** The sum of everything. Throws a RangeError if there is nothing. */
  total(): T {
    const [last, ...others] = this.#blocks.splice(0).reverse();
    if (!last) throw new RangeError("a sum has at least one term");
    return others.reduce((sum, { sum: left }) => this.#plus(left, sum), last.sum);
  }
}
