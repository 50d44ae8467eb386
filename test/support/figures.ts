/** A number from the device beside the one it should be. */
export interface Pair {
  /** What the number is: `y[0, 2, 1]`. */
  readonly where: string;
  readonly got: number;
  readonly expected: number;
  readonly tolerance: number;
}

/** What a comparison found: how many pairs, and the one nearest its tolerance, or furthest beyond. */
export interface Figures {
  readonly pass: "forward" | "gradient";
  readonly pairs: number;
  readonly error: number;
  readonly tolerance: number;
}

const SHOWN = 5;

export const errorOf = ({ got, expected }: Pair): number => Math.abs(got - expected);

/** Not a number counts as the largest error there is. */
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

/** The text of a failure, the worst pair first and then the first of those that differ; undefined when none does. */
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
