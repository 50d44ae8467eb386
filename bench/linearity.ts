/** What something costs at one size: the part that is there anyway, the rest, and how much work it is. */
export interface Cost {
  readonly label: string;
  /** Of any unit, not 0. */
  readonly work: number;
  /** What does not depend on the work; 0 for times. */
  readonly fixed: number;
  readonly total: number;
}

export interface Linearity {
  /** Total over what `proportional` gives, − 1, of each size. */
  readonly deviations: readonly number[];
  /** The first size from which all are within 10 % of fixed + c · work; undefined where the two largest are not. */
  readonly from: string | undefined;
  /** The largest distance from that among these, or of the two largest; a part of 1. */
  readonly within: number;
}

/** How far a cost may be from fixed + c · work to count as linear, as a part of it. */
const TOLERANCE = 0.1;
const FEWEST = 2;

/** total / (fixed + unit · work) − 1 of each. */
function deviationsFrom(costs: readonly Cost[], unit: number): number[] {
  return costs.map(({ work, fixed, total }) => total / (fixed + unit * work) - 1);
}

const unitOf = ({ work, fixed, total }: Cost): number => (total - fixed) / work;

/** The largest deviation from fixed + c · work, c the mean cost of a unit of work. */
function spread(costs: readonly Cost[]): number {
  const mean = costs.reduce((sum, cost) => sum + unitOf(cost), 0) / costs.length;
  return Math.max(...deviationsFrom(costs, mean).map(Math.abs));
}

function unitOfLargest(costs: readonly Cost[]): number {
  const largest = costs.at(-1);
  return largest ? unitOf(largest) : Number.NaN;
}

/** Whether a cost grows in proportion to the work, from the size on at which the device is full. Sizes ascend. */
export function linearityOf(costs: readonly Cost[]): Linearity {
  const deviations = deviationsFrom(costs, unitOfLargest(costs));
  for (let start = 0; start <= costs.length - FEWEST; start++) {
    const within = spread(costs.slice(start));
    if (within <= TOLERANCE) return { deviations, from: costs[start]?.label, within };
  }
  return { deviations, from: undefined, within: spread(costs.slice(-FEWEST)) };
}

/** What each size would cost if it grew in proportion to the work from the largest one down, beside the fixed part. */
export function proportional(costs: readonly Cost[]): number[] {
  const unit = unitOfLargest(costs);
  return costs.map(({ work, fixed }) => fixed + unit * work);
}

/** `linear within 4.2 % from 64² on`. */
export function describeLinearity({ from, within }: Linearity): string {
  const percent = `${(100 * within).toFixed(1)} %`;
  return from === undefined ? `not linear: the two largest are up to ${percent} off` : `linear within ${percent} from ${from} on`;
}
