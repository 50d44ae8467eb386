/**
 * Counter-based random numbers: Philox-4x32-10.
 *
 * A draw is a pure function of (key, counter), so a generator's whole state is a few integers that a checkpoint can
 * hold, and independent streams cost nothing.
 *
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

export type Words4 = readonly [number, number, number, number];

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** Ten Philox rounds: four random 32-bit words for a 128-bit counter and a 64-bit key. */
export function philox(counter: Words4, key: readonly [number, number]): Words4 {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** FNV-1a, to turn the name of a stream into a key word. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}

/** All that is needed to continue a generator exactly. */
export interface RandomState {
  readonly key: readonly [number, number];
  readonly counter: number;
}

/**
 * A seeded stream of random numbers.
 *
 * One word of Philox output is used per counter value, so the state is one integer and jumping is free.
 */
export class Random {
  readonly #key: readonly [number, number];
  #counter: number;

  /** `seed`: any safe integer. The same seed gives the same numbers on every machine. */
  constructor(seed: number | RandomState) {
    if (typeof seed === "number") {
      this.#key = [seed >>> 0, Math.floor(seed / 0x100000000) >>> 0];
      this.#counter = 0;
    } else {
      this.#key = seed.key;
      this.#counter = seed.counter;
    }
  }

  /** An independent generator for one purpose: the same parent and name give the same stream, wherever the parent stands. */
  stream(name: string): Random {
    const [k0, k1] = philox([hashName(name), 0x73747265, 0x616d0000, 0], this.#key);
    return new Random({ key: [k0, k1], counter: 0 });
  }

  get state(): RandomState {
    return { key: this.#key, counter: this.#counter };
  }

  /** A uniform integer in [0, 2³²). */
  nextWord(): number {
    const index = this.#counter++;
    return philox([index >>> 0, Math.floor(index / 0x100000000) >>> 0, 0, 0], this.#key)[0];
  }

  /** Uniform in [0, 1) with 32 bits. */
  uniform(): number {
    return this.nextWord() / 0x100000000;
  }

  /** A uniform integer in [0, bound). The bias, below bound / 2³², is far under anything a data set shows. */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** A pair of independent standard normal numbers (Box–Muller). */
  normalPair(): readonly [number, number] {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }

  /** A uniformly random permutation of 0 … length − 1 (Fisher–Yates). */
  permutation(length: number): number[] {
    const order = Array.from({ length }, (_, index) => index);
    for (let last = length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const swapped = order[last] ?? 0;
      order[last] = order[other] ?? 0;
      order[other] = swapped;
    }
    return order;
  }
}
