/** The rate of progress over the last half minute. */
export interface Rate {
  /** Records that `count` things are done at `seconds` of any monotonic clock. */
  note(count: number, seconds: number): void;
  /** Things per second over the window; undefined before the second record. */
  perSecond(): number | undefined;
}

/** Measures over the last `windowSeconds`, so that a slow start, in which shaders are compiled, soon no longer counts. */
export function createRate(windowSeconds = 30): Rate {
  const moments: { readonly count: number; readonly seconds: number }[] = [];
  return {
    note(count, seconds) {
      moments.push({ count, seconds });
      while (moments.length > 2 && seconds - (moments[1]?.seconds ?? seconds) > windowSeconds) moments.shift();
    },
    perSecond() {
      const first = moments[0];
      const last = moments.at(-1);
      if (!first || !last || last.seconds <= first.seconds) return undefined;
      return (last.count - first.count) / (last.seconds - first.seconds);
    },
  };
}
