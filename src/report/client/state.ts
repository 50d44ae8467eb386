import { maxEvents, maxPoints } from "../page-data.js";
import type { PageData, PageEvent } from "../page-data.js";
import { appendRow, emptySeries } from "../series.js";
import type { Row, Series } from "../series.js";

/** The page's data about its run. */
export interface RunState {
  log: Series;
  metrics: Series;
  events: readonly PageEvent[];
  samples: readonly number[];
  document: string;
  ended: boolean;
  /** Seconds since the log was written to, at the last request. */
  age: number | undefined;
  /** The query of the next request. */
  query: string;
  /** How many times a file was cut or replaced. Samples of the same name may then be other images. */
  replaced: number;
}

export function emptyState(): RunState {
  return {
    log: emptySeries(),
    metrics: emptySeries(),
    events: [],
    samples: [],
    document: "",
    ended: false,
    age: undefined,
    query: "",
    replaced: -1,
  };
}

function appendRows(series: Series, rows: readonly Row[]): void {
  for (const row of rows) appendRow(series, row, maxPoints);
}

/** Adds the data in the page, or in a server's answer. Returns whether anything except the age is new. */
export function applyData(state: RunState, data: PageData): boolean {
  const { log, metrics, events, samples } = data;
  if (log.all) {
    state.log = log.all;
    state.replaced++;
  }
  if (metrics.all) state.metrics = metrics.all;
  appendRows(state.log, log.more);
  appendRows(state.metrics, metrics.more);
  state.events = [...(events.all ?? state.events), ...events.more].slice(-maxEvents);
  state.samples = [...(samples.all ?? state.samples), ...samples.more];
  const cursors = { log: log.cursor, metrics: metrics.cursor, events: events.cursor, samples: samples.cursor };
  const query = new URLSearchParams(cursors).toString();
  const changed = query !== state.query || data.ended !== state.ended;
  Object.assign(state, { query, ended: data.ended, age: data.age, document: data.document });
  return changed;
}
