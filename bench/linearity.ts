/** Checks whether a cost, such as time or memory, grows in proportion to the work. */

/** A cost at one size: its fixed part, its total, and the amount of work. */
export interface Cost {
  readonly label: string;
  /** In any unit; not 0. */
  readonly work: number;
  /** The part that does not depend on the work; 0 for times. */
  readonly fixed: number;
  readonly total: number;
}

export interface Linearity {
  /** total / proportional − 1 for each size. */
  readonly deviations: readonly number[];
  /** The smallest size such that it and all larger ones are within 10 % of fixed + c · work. Undefined if there is none. */
  readonly from: string | undefined;
  /** The largest relative deviation among these sizes, or of the two largest sizes if `from` is undefined. */
  readonly within: number;
}

/** The largest relative deviation from fixed + c · work of a linear cost. */
const TOLERANCE = 0.1;
/** The fewest sizes that can be called linear. */
const FEWEST = 2;

/** total / (fixed + unit · work) − 1 for each size. */
function deviationsFrom(costs: readonly Cost[], unit: number): number[] {
  return costs.map(({ work, fixed, total }) => total / (fixed + unit * work) - 1);
}

const unitOf = ({ work, fixed, total }: Cost): number => (total - fixed) / work;

/** The largest relative deviation from fixed + c · work, where c is the mean cost of a unit of work. */
function spread(costs: readonly Cost[]): number {
  const mean = costs.reduce((sum, cost) => sum + unitOf(cost), 0) / costs.length;
  return Math.max(...deviationsFrom(costs, mean).map(Math.abs));
}

function unitOfLargest(costs: readonly Cost[]): number {
  const largest = costs.at(-1);
  return largest ? unitOf(largest) : Number.NaN;
}

/** Finds the size from which on a cost is linear, because the device is saturated. `costs` are in ascending order of size. */
export function linearityOf(costs: readonly Cost[]): Linearity {
  const deviations = deviationsFrom(costs, unitOfLargest(costs));
  for (let start = 0; start <= costs.length - FEWEST; start++) {
    const within = spread(costs.slice(start));
    if (within <= TOLERANCE) return { deviations, from: costs[start]?.label, within };
  }
  return { deviations, from: undefined, within: spread(costs.slice(-FEWEST)) };
}

/** The cost of each size if it were fixed + c · work, where c is that of the largest size. */
export function proportional(costs: readonly Cost[]): number[] {
  const unit = unitOfLargest(costs);
  return costs.map(({ work, fixed }) => fixed + unit * work);
}

/** Describes the result in words: `linear within 4.2 % from 64² on`. */
export function describeLinearity({ from, within }: Linearity): string {
  const percent = `${(100 * within).toFixed(1)} %`;
  return from === undefined ? `not linear: the two largest are up to ${percent} off` : `linear within ${percent} from ${from} on`;
}
