/** The weights of bicubic resizing. */

const SUPPORT = 2;

/** Keys' cubic with a = −0.5. */
function cubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * a;
  return 0;
}

/** The input samples that make an output sample. */
export interface BicubicWindow {
  /** First input sample. */
  readonly start: number;
  /** Weights, summing to 1. */
  readonly weights: readonly number[];
}

/** The input samples and weights of each output sample. The kernel widens for smaller outputs, which is the antialiasing. */
export function bicubicWindows(inputSize: number, outputSize: number): BicubicWindow[] {
  const scale = inputSize / outputSize;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: outputSize }, (_, index) => {
    const center = (index + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - SUPPORT * stretch + 0.5));
    const end = Math.min(inputSize, Math.trunc(center + SUPPORT * stretch + 0.5));
    const real = Array.from({ length: end - start }, (__, k) => cubic((start + k - center + 0.5) * (1 / stretch)));
    const sum = real.reduce((total, weight) => total + weight, 0);
    return { start, weights: real.map((weight) => weight / sum) };
  });
}
