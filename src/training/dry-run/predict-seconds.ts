/** What a step of so many floating-point operations took. */
export interface Timing {
  readonly flops: number;
  readonly seconds: number;
}

/**
 * Seconds of a step of `flops`, from steps timed at smaller sizes, smallest first: what the largest took, and the rest at
 * the rate of the last increase, because what does not grow with the images (Adam, the host) is paid once.
 */
export function predictSeconds(timings: readonly Timing[], flops: number): number {
  const last = timings.at(-1);
  if (!last) return 0;
  const before = timings.at(-2);
  const perFlop = last.seconds / last.flops;
  const increase = before ? (last.seconds - before.seconds) / (last.flops - before.flops) : perFlop;
  // Fixed costs make the increase cheaper than the whole, but noise alone makes it free or dearer.
  return last.seconds + Math.min(perFlop, Math.max(increase, perFlop / 2)) * (flops - last.flops);
}
