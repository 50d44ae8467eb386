/** Smooth random fields, for the textures of scenes. */
import type { Random } from "../../random.js";

const mix = (a: number, b: number, part: number): number => a + (b - a) * part;

/** 0 to 1 with a slope of 0 at both ends. */
const ease = (t: number): number => t * t * (3 - 2 * t);

/** One octave: random numbers on a lattice with so many pixels between its points, interpolated. */
function octave(random: Random, width: number, height: number, cell: number): Float32Array {
  const columns = Math.floor((width - 1) / cell) + 2;
  const rows = Math.floor((height - 1) / cell) + 2;
  const lattice = Float32Array.from({ length: columns * rows }, () => random.uniform());
  const at = (column: number, row: number): number => lattice[row * columns + column] ?? 0;
  return Float32Array.from({ length: width * height }, (_, pixel) => {
    const [x, y] = [(pixel % width) / cell, Math.floor(pixel / width) / cell];
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const [right, down] = [ease(x - column), ease(y - row)];
    return mix(mix(at(column, row), at(column + 1, row), right), mix(at(column, row + 1), at(column + 1, row + 1), right), down);
  });
}

/** Cells of the finest octave, in pixels. Small networks cannot keep anything finer. */
const FINEST = 4;

/**
 * Value noise: Σ_i 2^−i · octave(cell / 2^i), divided by Σ_i 2^−i, down to cells of 4 pixels. The coarsest octave has features of
 * `cell` pixels.
 *
 * Shape: `height · width` numbers in [0, 1), row by row.
 */
export function valueNoise(random: Random, width: number, height: number, cell: number): Float32Array {
  const sum = new Float32Array(width * height);
  let total = 0;
  for (let size = cell, weight = 1; size >= FINEST; size /= 2, weight /= 2) {
    const field = octave(random, width, height, size);
    for (let pixel = 0; pixel < sum.length; pixel++) sum[pixel] = (sum[pixel] ?? 0) + weight * (field[pixel] ?? 0);
    total += weight;
  }
  return sum.map((value) => value / total);
}
