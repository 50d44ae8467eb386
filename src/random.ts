import { checkNumber } from "./check-number.js";
import { cosSinOfTurn, minusLogComplement } from "./elementary.js";

/**
 * Counter-based random numbers: Philox-4x32-10.
 *
 * A draw is a pure function of (key, counter). So the whole state of a generator is a few integers, which a checkpoint can
 * store, and independent streams cost nothing.
 *
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */

// As signed words: V8 keeps them in integer registers.
const MULTIPLIER_0 = 0xd2511f53 | 0;
const MULTIPLIER_1 = 0xcd9e8d57 | 0;
const WEYL_0 = 0x9e3779b9 | 0;
const WEYL_1 = 0xbb67ae85 | 0;
const TWO_32 = 2 ** 32;

export type Words4 = readonly [number, number, number, number];

/** The high 32 bits of the 64-bit product of two unsigned words, from products of their halves. No sum exceeds 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const other = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

/** Ten Philox rounds, written to `out`: four random 32-bit words for a 128-bit counter and a 64-bit key. */
function philoxInto(out: Uint32Array, counter: Words4, key: readonly [number, number]): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  [c0, c1, c2, c3, k0, k1] = [c0 | 0, c1 | 0, c2 | 0, c3 | 0, k0 | 0, k1 | 0];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(c0, MULTIPLIER_0);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(c2, MULTIPLIER_1);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Ten Philox rounds: four random 32-bit words for a 128-bit counter and a 64-bit key. */
export function philox(counter: Words4, key: readonly [number, number]): Words4 {
  const out = new Uint32Array(4);
  philoxInto(out, counter, key);
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = out;
  return [w0, w1, w2, w3];
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
 * A draw uses up one counter value, so the state is one integer and jumping is free.
 */
export class Random {
  readonly #key: readonly [number, number];
  #counter: number;

  /** `seed`: any safe integer. The same seed gives the same numbers on every machine and in every browser. Throws UsageError for another number. */
  constructor(seed: number | RandomState) {
    if (typeof seed === "number") {
      checkNumber("Random", "seed", seed, { whole: true });
      this.#key = [seed >>> 0, Math.floor(seed / 0x100000000) >>> 0];
      this.#counter = 0;
    } else {
      this.#key = seed.key;
      this.#counter = seed.counter;
    }
  }

  /** An independent generator for one purpose. The same parent and name give the same stream, whatever the parent has drawn. */
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
    return philox([index >>> 0, Math.floor(index / TWO_32), 0, 0], this.#key)[0];
  }

  /** Uniform in [0, 1) with 32 bits. */
  uniform(): number {
    return this.nextWord() / TWO_32;
  }

  /** A uniform integer in [0, bound). Its bias is below bound / 2³², too little to matter for a data set. */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** A standard normal number. */
  normal(): number {
    return this.normals(1)[0] ?? 0;
  }

  /** `count` independent standard normal numbers. */
  normals(count: number): Float64Array {
    const values = new Float64Array(count);
    this.fillNormal(values, 1, 0);
    return values;
  }

  /** Fills `values` with independent numbers of N(mean, deviation²) (Box–Muller), four for each counter value. */
  fillNormal(values: Float32Array | Float64Array, deviation: number, mean: number): void {
    const words = new Uint32Array(4);
    const circle = new Float64Array(2);
    for (let index = 0; index < values.length; index += 4) {
      const counter = this.#counter++;
      philoxInto(words, [counter >>> 0, Math.floor(counter / TWO_32), 0, 0], this.#key);
      for (let pair = 0; pair < 4; pair += 2) {
        const radius = Math.sqrt(2 * minusLogComplement(words[pair] ?? 0));
        cosSinOfTurn(words[pair + 1] ?? 0, circle);
        // Writes past the end of a typed array are ignored.
        values[index + pair] = deviation * (radius * (circle[0] ?? 0)) + mean;
        values[index + pair + 1] = deviation * (radius * (circle[1] ?? 0)) + mean;
      }
    }
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
