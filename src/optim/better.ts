/** Which of two values of a metric is better. */

/** Whether lower values of a metric are better, as of distances, or higher ones, as of accuracies. */
export type Better = "lower" | "higher";

/** Whether `value` is better than `other`. Of equal values, neither is. */
export function isBetter(value: number, other: number, better: Better = "lower"): boolean {
  return better === "lower" ? value < other : value > other;
}
