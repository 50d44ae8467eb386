import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Chart } from "../models/model.js";
import { shownKeys } from "./charts.js";
import { formatPlace, parsePlace, readLines, start } from "../io/follow-lines.js";
import type { Place } from "../io/follow-lines.js";
import type { JsonObject } from "../io/parse-json.js";
import { maxEvents, maxPoints } from "./page-data.js";
import type { PageData, Part, PartName, PageEvent } from "./page-data.js";
import { stepOfSample } from "../run/sample-name.js";
import { appendRow, emptySeries } from "./series.js";
import type { Row, Series } from "./series.js";

/** Reads a run's folder as it grows. */
export interface RunReader {
  /** The data that is new since `cursors`, which are those of an earlier answer. Without them, or with others: everything. */
  read(cursors?: Cursors): Promise<PageData>;
}

export type Cursors = Readonly<Partial<Record<PartName, string>>>;

/** A page that is farther behind than this, in bytes, gets all data again, thinned. */
const farBehind = 1 << 18;

/** A file of lines and its content. All: everything, thinned or cut; One: a line. */
interface Followed<All, One> {
  readonly path: string;
  readonly parse: (line: JsonObject) => One | undefined;
  readonly empty: () => All;
  readonly append: (all: All, one: One) => void;
  all: All;
  place: Place;
}

function rowOf(line: JsonObject, keys: ReadonlySet<string>): Row | undefined {
  if (typeof line["step"] !== "number") return undefined;
  const shown = Object.entries(line).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number" && keys.has(entry[0]),
  );
  return Object.fromEntries(shown);
}

function eventOf({ step, kind, message }: JsonObject): PageEvent | undefined {
  if (typeof step !== "number" || typeof kind !== "string" || typeof message !== "string") return undefined;
  return { step, kind: kind.slice(0, 40), message: message.slice(0, 2000) };
}

function followSeries(path: string, keys: ReadonlySet<string>): Followed<Series, Row> {
  const append = (series: Series, row: Row): void => appendRow(series, row, maxPoints);
  return { path, parse: (line) => rowOf(line, keys), empty: emptySeries, append, all: emptySeries(), place: start };
}

function followEvents(path: string): Followed<PageEvent[], PageEvent> {
  const append = (events: PageEvent[], event: PageEvent): void => {
    events.push(event);
    if (events.length > maxEvents) events.shift();
  };
  return { path, parse: eventOf, empty: () => [], append, all: [], place: start };
}

async function catchUp<All, One>(followed: Followed<All, One>): Promise<void> {
  const { lines, replaced, place } = await readLines(followed.path, followed.place);
  if (replaced) followed.all = followed.empty();
  for (const line of lines) {
    const one = followed.parse(line);
    if (one !== undefined) followed.append(followed.all, one);
  }
  followed.place = place;
}

async function partOf<All, One>(followed: Followed<All, One>, cursor: string | undefined): Promise<Part<All, One>> {
  await catchUp(followed);
  const now = formatPlace(followed.place);
  if (cursor === now) return { cursor: now, more: [] };
  const from = parsePlace(cursor ?? "");
  const behind = followed.place.offset - from.offset;
  if (cursor !== undefined && behind >= 0 && behind <= farBehind) {
    const { lines, replaced, place } = await readLines(followed.path, from);
    const more = lines.flatMap((line) => followed.parse(line) ?? []);
    if (!replaced) return { cursor: formatPlace(place), more };
  }
  return { cursor: now, all: structuredClone(followed.all), more: [] };
}

async function samplesOf(folder: string, cursor: string | undefined): Promise<Part<readonly number[], number>> {
  const names = await readdir(folder).catch(() => []);
  const steps = names.flatMap((name) => stepOfSample(name) ?? []).sort((a, b) => a - b);
  const cursorAfter = (count: number): string => `${count}-${steps[count - 1] ?? 0}`;
  const [, known = "0"] = /^(\d{1,15})-/.exec(cursor ?? "") ?? [];
  const now = cursorAfter(steps.length);
  if (cursor !== undefined && cursor === cursorAfter(Number(known))) return { cursor: now, more: steps.slice(Number(known)) };
  return { cursor: now, all: steps, more: [] };
}

/** A digest of the sizes and times of the files that the page's plain HTML is made from. */
async function documentOf(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of ["config.json", "translations.json"]) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    hash.update(`${found?.mtimeMs} ${found?.size} `);
  }
  return hash.digest("hex").slice(0, 16);
}

async function ageOf(path: string): Promise<{ age?: number }> {
  const found = await stat(path).catch(() => undefined);
  return found ? { age: Math.max(0, (Date.now() - found.mtimeMs) / 1000) } : {};
}

/** A reader of the run in `folder` for a page with these charts. A missing file counts as empty. */
export function openRunReader(folder: string, charts: readonly Chart[]): RunReader {
  const keys = shownKeys(charts);
  const log = followSeries(join(folder, "log.jsonl"), keys);
  const metrics = followSeries(join(folder, "metrics.jsonl"), keys);
  const events = followEvents(join(folder, "events.jsonl"));
  const read = async (cursors: Cursors): Promise<PageData> => ({
    document: await documentOf(folder),
    ended: false,
    ...(await ageOf(log.path)),
    log: await partOf(log, cursors.log),
    metrics: await partOf(metrics, cursors.metrics),
    events: await partOf(events, cursors.events),
    samples: await samplesOf(join(folder, "samples"), cursors.samples),
  });
  // One request at a time: two that catch up at once would append the same lines twice.
  let turn: Promise<unknown> = Promise.resolve();
  return {
    read(cursors = {}) {
      const mine = turn.then(() => read(cursors));
      turn = mine.catch(() => {});
      return mine;
    },
  };
}
