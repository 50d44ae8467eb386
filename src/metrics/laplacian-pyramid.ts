/** Laplacian pyramids: an image, one octave at a time. */

/** An image of floats: rows from the top, channels interleaved. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** Both sides of every level but the finest are at least this many pixels. */
const COARSEST = 16;

/** The number of levels for a shorter side: it is halved while at least 16 pixels are left, so 32 has two levels. */
export function levelCount(shorterSide: number): number {
  return Math.max(1, Math.floor(Math.log2(shorterSide / COARSEST)) + 1);
}

/** Binomial weights, the usual five taps of a Gaussian pyramid. */
const TAPS = [1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16] as const;

/** Reflects an index that lies at most two places outside 0 … size − 1, without repeating the edge. */
function mirror(index: number, size: number): number {
  const inside = Math.abs(index);
  return inside < size ? inside : 2 * (size - 1) - inside;
}

/** The input samples along an axis from which output sample `index` is computed. */
type Taps = (index: number, from: number, to: number) => readonly { readonly weight: number; readonly source: number }[];

/** Blurs and keeps every second sample. */
const halving: Taps = (index, from) => TAPS.map((weight, tap) => ({ weight, source: mirror(2 * index + tap - 2, from) }));

/** Puts zeros between the samples, and blurs with twice the weight. */
const doubling: Taps = (index, _, to) => {
  const places = TAPS.map((weight, tap) => ({ weight: 2 * weight, place: mirror(index + tap - 2, to) }));
  return places.flatMap(({ weight, place }) => (place % 2 === 0 ? [{ weight, source: place / 2 }] : []));
};

interface Axis {
  readonly lines: number;
  readonly from: number;
  readonly to: number;
  /** Distance in memory between neighbours along the axis. */
  readonly step: number;
}

function filterAxis(input: Float32Array, { lines, from, to, step }: Axis, taps: Taps): Float32Array {
  const output = new Float32Array(lines * to * step);
  for (let index = 0; index < to; index++) {
    const sources = taps(index, from, to);
    for (let line = 0; line < lines; line++) {
      const target = (line * to + index) * step;
      for (const { weight, source } of sources) {
        const start = (line * from + source) * step;
        for (let column = 0; column < step; column++) {
          output[target + column] = (output[target + column] ?? 0) + weight * (input[start + column] ?? 0);
        }
      }
    }
  }
  return output;
}

function resample({ width, height, channels, data }: Plane, newWidth: number, newHeight: number, taps: Taps): Plane {
  const rows = filterAxis(data, { lines: height, from: width, to: newWidth, step: channels }, taps);
  const columns = filterAxis(rows, { lines: 1, from: height, to: newHeight, step: newWidth * channels }, taps);
  return { width: newWidth, height: newHeight, channels, data: columns };
}

/**
 * The detail of each octave, finest first: level l is the image halved l times, minus its next halving enlarged again. The last
 * level is the remaining image.
 *
 * `levels`: at most `levelCount` of the shorter side. Halving takes ⌈size / 2⌉ samples; edges mirror without repeating.
 * Source: Burt and Adelson, "The Laplacian pyramid as a compact image code", IEEE Transactions on Communications 1983.
 */
export function laplacianPyramid(picture: Plane, levels: number): Plane[] {
  const pyramid: Plane[] = [];
  let current = picture;
  for (let level = 1; level < levels; level++) {
    const { width, height } = current;
    const next = resample(current, Math.ceil(width / 2), Math.ceil(height / 2), halving);
    const blurred = resample(next, width, height, doubling).data;
    pyramid.push({ ...current, data: current.data.map((value, index) => value - (blurred[index] ?? 0)) });
    current = next;
  }
  return [...pyramid, current];
}
