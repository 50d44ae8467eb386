/** The sliced Wasserstein distance at one level of the pyramid. */
import type { Random } from "../random.js";
import { PATCH_SIDE } from "./patches.js";
import type { LevelPatches } from "./patches.js";

/**
 * `shared`: channels of both sets are divided by √((σₐ² + σ_b²) / 2). `own`: those of each set become (x − mean) / σ of that
 * set.
 */
export type Normalise = "shared" | "own";

/** The smallest deviation by which channels are divided: half a level of an 8-bit image in [−1, 1]. */
const LEAST_DEVIATION = 1 / 255;

/** Each channel of a set becomes (x − mean) / deviation. */
interface Normalisation {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

function normalisations(a: LevelPatches, b: LevelPatches, how: Normalise): readonly [Normalisation, Normalisation] {
  const deviation = (variance: number): number => Math.max(LEAST_DEVIATION, Math.sqrt(variance));
  if (how === "own") {
    const own = ({ means, variances }: LevelPatches): Normalisation => ({ means, deviations: variances.map(deviation) });
    return [own(a), own(b)];
  }
  // Subtracting the same from both sets changes no distance.
  const means = new Float64Array(a.means.length);
  const deviations = a.variances.map((variance, channel) => deviation((variance + (b.variances[channel] ?? 0)) / 2));
  return [{ means, deviations }, { means, deviations }];
}

/** Directions per pass over the patches: passes are bound by their loads. */
const TOGETHER = 4;

/** Four directions, one after another, with a normalisation folded in, and the shifts to subtract from their components. */
interface Projection {
  readonly directions: Float64Array;
  readonly shifts: readonly number[];
}

/** A vector drawn uniformly from the unit sphere in `length` dimensions. */
function randomDirection(random: Random, length: number): Float64Array {
  const direction = random.normals(length);
  const norm = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0));
  return direction.map((value) => value / norm);
}

/** Folds the normalisation of the patches into the directions. */
function normalised(directions: readonly Float64Array[], { means, deviations }: Normalisation): Projection {
  const channels = means.length;
  const scaled = directions.map((direction) => direction.map((value, index) => value / (deviations[index % channels] ?? 1)));
  return {
    directions: Float64Array.from(scaled.flatMap((direction) => [...direction])),
    shifts: scaled.map((direction) => direction.reduce((sum, value, index) => sum + value * (means[index % channels] ?? 0), 0)),
  };
}

/** The patches' components along each of four directions, in ascending order. */
function project({ count, data }: LevelPatches, { directions, shifts }: Projection): Float32Array[] {
  const length = directions.length / TOGETHER;
  const components = new Float32Array(TOGETHER * count);
  const [shift0 = 0, shift1 = 0, shift2 = 0, shift3 = 0] = shifts;
  for (let patch = 0, at = 0; patch < count; patch++) {
    let [sum0, sum1, sum2, sum3] = [-shift0, -shift1, -shift2, -shift3];
    for (let index = 0; index < length; index++, at++) {
      const value = data[at] ?? 0;
      sum0 += value * (directions[index] ?? 0);
      sum1 += value * (directions[index + length] ?? 0);
      sum2 += value * (directions[index + 2 * length] ?? 0);
      sum3 += value * (directions[index + 3 * length] ?? 0);
    }
    components[patch] = sum0;
    components[patch + count] = sum1;
    components[patch + 2 * count] = sum2;
    components[patch + 3 * count] = sum3;
  }
  return Array.from({ length: TOGETHER }, (_, which) => components.subarray(which * count, (which + 1) * count).sort());
}

/**
 * The Wasserstein-1 distance of two samples of numbers in ascending order: ∫ |F⁻¹(u) − G⁻¹(u)| du over [0, 1].
 *
 * With n numbers on both sides, that is the mean of |aᵢ − bᵢ|. With unequal counts, each pair of steps is weighted by the part
 * of [0, 1] in which they overlap.
 */
export function wasserstein1(a: Float32Array, b: Float32Array): number {
  const [n, m] = [a.length, b.length];
  let total = 0;
  // In units of 1 / (n m): a's step i ends at (i + 1) m, b's step j at (j + 1) n.
  for (let i = 0, j = 0, reached = 0; i < n && j < m; ) {
    const end = Math.min((i + 1) * m, (j + 1) * n);
    total += (end - reached) * Math.abs((a[i] ?? 0) - (b[j] ?? 0));
    reached = end;
    if (end === (i + 1) * m) i++;
    if (end === (j + 1) * n) j++;
  }
  return total / (n * m);
}

/** Mean over `projections` random directions, rounded up to a multiple of 4, of the distance of the components. */
export function levelDistance(
  a: LevelPatches,
  b: LevelPatches,
  random: Random,
  { projections, normalise }: { readonly projections: number; readonly normalise: Normalise },
): number {
  const length = PATCH_SIDE * PATCH_SIDE * a.means.length;
  const [normalA, normalB] = normalisations(a, b, normalise);
  const passes = Math.ceil(projections / TOGETHER);
  let total = 0;
  for (let pass = 0; pass < passes; pass++) {
    const directions = Array.from({ length: TOGETHER }, () => randomDirection(random, length));
    const componentsB = project(b, normalised(directions, normalB));
    for (const [which, componentsA] of project(a, normalised(directions, normalA)).entries()) {
      total += wasserstein1(componentsA, componentsB[which] ?? componentsA);
    }
  }
  return total / (passes * TOGETHER);
}
