/**
 * Logarithm, cosine and sine from only +, −, × and ÷, which IEEE 754 rounds alike everywhere. The last bits of `Math.log` and
 * `Math.sin` depend on the JavaScript engine, and they take two to three times as long.
 */

const TWO_32 = 0x100000000;

/** √2, of 2³¹. */
const ROOT_2 = Math.floor(Math.SQRT2 * (TWO_32 / 2));

/**
 * −ln(1 − word / 2³²), for a word in [0, 2³²).
 *
 * With m = 2³² − word = f · 2^e and f in (√½, √2] it is (32 − e) · ln 2 − ln f, and ln f = 2 · atanh(s), s = (f − 1) / (f + 1),
 * by the series of atanh without the terms from s²⁴ / 25 on, which are 2e-20 of the sum.
 */
export function minusLogComplement(word: number): number {
  if (word === 0) return 0;
  const m = -word >>> 0;
  const zeros = Math.clz32(m);
  const whole = (m << zeros) >>> 0;
  const above = whole > ROOT_2 ? 1 : 0;
  const e = 31 - zeros + above;
  const f = whole * ((2 - above) / TWO_32);
  const s = (f - 1) / (f + 1);
  const z = s * s;
  const zz = z * z;
  const low = 1 + z * (1 / 3) + zz * (1 / 5 + z * (1 / 7));
  const middle = 1 / 9 + z * (1 / 11) + zz * (1 / 13 + z * (1 / 15));
  const high = 1 / 17 + z * (1 / 19) + zz * (1 / 21 + z * (1 / 23));
  return (32 - e) * Math.LN2 - 2 * s * (low + zz * zz * (middle + zz * zz * high));
}

/** A quarter turn, of 2³². */
const QUARTER = 0x40000000;

/**
 * Writes cos and sin of 2π · word / 2³², for a word in [0, 2³²), to the two places of `to`.
 *
 * Quarter turns, rounded to the nearest, are subtracted in whole numbers. The rest, x in [−π/4, π/4], goes into the series of
 * cosine and sine up to x¹⁶ and x¹⁷, whose next terms are below 3e-18. Places and signs are computed without branches, which
 * the processor would mispredict half of the time on random words.
 */
export function cosSinOfTurn(word: number, to: Float64Array): void {
  const quarters = (word + QUARTER / 2) >>> 30;
  const x = ((word - quarters * QUARTER) | 0) * (Math.PI / (2 * QUARTER));
  const z = x * x;
  const odd = quarters & 1;
  to[odd] = cosine(z) * (1 - (quarters & 2));
  to[1 - odd] = sine(x, z) * (1 - ((quarters ^ (quarters << 1)) & 2));
}

// Terms in pairs, by powers of z² and z⁴, so that a processor can work on several at once.

function sine(x: number, z: number): number {
  const zz = z * z;
  const low = -1 / 6 + z * (1 / 120) + zz * (-1 / 5040 + z * (1 / 362880));
  const high = -1 / 39916800 + z * (1 / 6227020800) + zz * (-1 / 1307674368000 + z * (1 / 355687428096000));
  return x + x * z * (low + zz * zz * high);
}

function cosine(z: number): number {
  const zz = z * z;
  const low = -1 / 2 + z * (1 / 24) + zz * (-1 / 720 + z * (1 / 40320));
  const high = -1 / 3628800 + z * (1 / 479001600) + zz * (-1 / 87178291200 + z * (1 / 20922789888000));
  return 1 + z * (low + zz * zz * high);
}
