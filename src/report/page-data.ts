import type { Row, Series } from "./series.js";

/** A line of `events.jsonl`. */
export interface PageEvent {
  readonly step: number;
  /** Such as warning, restored, resumed, skipped. */
  readonly kind: string;
  readonly message: string;
}

/** New content of a file or folder of a run. `cursor` is passed with the next request. */
export interface Part<All, One> {
  readonly cursor: string;
  /** The whole content, which replaces what the page has. */
  readonly all?: All;
  /** Entries to append. */
  readonly more: readonly One[];
}

/** The data that the page's script shows. It is inside the page, and a served page requests new data again and again. */
export interface PageData {
  /** Changes when the plain HTML of the page must be loaded again. */
  readonly document: string;
  /** Whether the training that serves this page has ended. */
  readonly ended: boolean;
  /** Seconds since the log was written to; undefined without a log. */
  readonly age?: number;
  readonly log: Part<Series, Row>;
  readonly metrics: Part<Series, Row>;
  readonly events: Part<readonly PageEvent[], PageEvent>;
  /** The steps that have a sample grid. */
  readonly samples: Part<readonly number[], number>;
}

/** The parts that grow, in the order of their cursors in a request. */
export const partNames = ["log", "metrics", "events", "samples"] as const;

export type PartName = (typeof partNames)[number];

/** The largest number of points in a curve. A longer log is thinned to between half of that and all of it. */
export const maxPoints = 1500;

/** How many of the newest events are kept. */
export const maxEvents = 200;
