/** A number from the device, and the expected one. */
export interface Pair {
  /** The name of the number: `y[0, 2, 1]`. */
  readonly where: string;
  readonly got: number;
  readonly expected: number;
  readonly tolerance: number;
}

/** The summary of a comparison: the number of pairs, and the pair with the largest error relative to its tolerance. */
export interface Figures {
  readonly pass: "forward" | "gradient";
  readonly pairs: number;
  readonly error: number;
  readonly tolerance: number;
}

const SHOWN = 5;

export const errorOf = ({ got, expected }: Pair): number => Math.abs(got - expected);

/** The error relative to the tolerance. NaN counts as an infinite error. */
function excess(pair: Pair): number {
  const error = errorOf(pair);
  if (Number.isNaN(error)) return Number.POSITIVE_INFINITY;
  return error === 0 ? 0 : error / pair.tolerance;
}

export function worstOf(pairs: readonly Pair[]): Pair | undefined {
  let worst = pairs[0];
  for (const pair of pairs) if (worst && excess(pair) > excess(worst)) worst = pair;
  return worst;
}

/** The message of a failure: the worst pair, then the first pairs that differ. Undefined if none differs. */
export function describeMisses(subject: string, pairs: readonly Pair[]): string | undefined {
  const misses = pairs.filter((pair) => excess(pair) > 1);
  const worst = worstOf(misses);
  if (!worst) return undefined;
  return [
    `${subject}: ${misses.length} of ${pairs.length} differ, the worst ${line(worst)}. The first:`,
    ...misses.slice(0, SHOWN).map((pair) => `  ${line(pair)}`),
  ].join("\n");
}

function line({ where, got, expected, tolerance }: Pair): string {
  return `${where}: expected ${expected} ± ${tolerance.toExponential(1)}, got ${got}`;
}
