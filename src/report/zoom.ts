import type { Series } from "./series.js";

/** The first and last step that charts show. */
export type Steps = readonly [number, number];

/** All steps of some series, with room around a single one; undefined without any. */
export function wholeRange(series: readonly Series[]): Steps | undefined {
  const steps = series.flatMap(({ columns }) => [columns["step"]?.[0] ?? [], columns["step"]?.at(-1) ?? []].flat());
  if (steps.length === 0) return undefined;
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  return first < last ? [first, last] : [first - 1, last + 1];
}

/** A zoom after the whole range has grown or is another: what stood at the newest step follows it. */
export function keepZoom(zoom: Steps | undefined, before: Steps | undefined, now: Steps | undefined): Steps | undefined {
  if (!zoom || !now) return undefined;
  const last = before && zoom[1] >= before[1] ? now[1] : zoom[1];
  return zoom[0] >= now[1] || last <= now[0] || zoom[0] >= last ? undefined : [zoom[0], last];
}
