/** The range of steps that the charts of a page show. */
import type { Series } from "./series.js";

/** The first and last step that charts show. */
export type Steps = readonly [number, number];

/** The range of the steps in some series, with room around a single step; undefined if there is none. */
export function wholeRange(series: readonly Series[]): Steps | undefined {
  const steps = series.flatMap(({ columns }) => [columns["step"]?.[0] ?? [], columns["step"]?.at(-1) ?? []].flat());
  if (steps.length === 0) return undefined;
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  return first < last ? [first, last] : [first - 1, last + 1];
}

/** The zoom after the whole range has changed. A zoom that reached the newest step follows it. */
export function keepZoom(zoom: Steps | undefined, before: Steps | undefined, now: Steps | undefined): Steps | undefined {
  if (!zoom || !now) return undefined;
  const last = before && zoom[1] >= before[1] ? now[1] : zoom[1];
  return zoom[0] >= now[1] || last <= now[0] || zoom[0] >= last ? undefined : [zoom[0], last];
}
