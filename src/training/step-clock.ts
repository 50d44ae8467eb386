/** Measures the time of a step, and how much of it is spent waiting for images; all in seconds. */
export interface StepClock {
  start(): void;
  stop(waitSeconds: number): void;
  /** Means over the steps since the last call. */
  lap(): { readonly secondsPerStep: number; readonly dataWait: number };
}

export function createStepClock(): StepClock {
  let startedAt = 0;
  let steps = 0;
  let seconds = 0;
  let waited = 0;
  return {
    start() {
      startedAt = performance.now();
    },
    stop(waitSeconds) {
      steps++;
      seconds += (performance.now() - startedAt) / 1000;
      waited += waitSeconds;
    },
    lap() {
      const means = { secondsPerStep: seconds / steps, dataWait: waited / steps };
      steps = seconds = waited = 0;
      return means;
    },
  };
}
