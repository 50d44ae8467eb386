/** Names of the image grids in `samples/`. The one of step 500 is `step-000500.png`. */
export function sampleName(step: number): string {
  return `step-${String(step).padStart(6, "0")}.png`;
}

/** The step in such a name; undefined for any other name. */
export function stepOfSample(name: string): number | undefined {
  const step = Number(/^step-(\d{6,15})\.png$/.exec(name)?.[1]);
  return Number.isSafeInteger(step) && sampleName(step) === name ? step : undefined;
}
