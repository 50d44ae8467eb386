import type { Row, Series } from "./series.js";

/** A line of `events.jsonl`, as it was read. */
export interface PageEvent {
  readonly step: number;
  /** As in warning, restored, resumed, skipped. */
  readonly kind: string;
  readonly message: string;
}

/** What a file or folder of a run holds since `cursor`, which the next question names. */
export interface Part<All, One> {
  readonly cursor: string;
  /** Everything, in place of what was known before. */
  readonly all?: All;
  /** To be appended. */
  readonly more: readonly One[];
}

/** What the page's script shows: inside the page, and again whenever a served page asks for what is new. */
export interface PageData {
  /** Another value when the part of the page that is plain HTML has to be loaded again. */
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

/** The parts that grow, in the order of their cursors in a question. */
export const partNames = ["log", "metrics", "events", "samples"] as const;

export type PartName = (typeof partNames)[number];

/** The most points of a curve. A longer log is thinned to between half of that and all of it. */
export const maxPoints = 1500;

/** Events that are kept, the newest. */
export const maxEvents = 200;
