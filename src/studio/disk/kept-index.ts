/** What is kept of a run in the origin private file system: which file has which bytes, and a few words for the list of runs. */
import { isJsonObject } from "../../io/parse-json.js";
import { sha256 } from "../../run/manifest.js";

/** A file of a run, and the file of the origin private file system that has its bytes. */
export interface KeptFile {
  readonly path: string;
  readonly blob: string;
  readonly bytes: number;
}

/** What the list of runs says of one. */
export interface RunNote {
  /** Such as `CycleGAN`. */
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
  /** Whether its training was stopped, and not only paused. */
  readonly isStopped: boolean;
  /** When it was kept last, in milliseconds since 1970. */
  readonly changed: number;
}

/** A state of a run. */
export interface KeptIndex {
  /** Higher for each later state. */
  readonly generation: number;
  readonly note: RunNote;
  readonly files: readonly KeptFile[];
  readonly folders: readonly string[];
}

const NAME = /^index-(\d{1,12})$/;

/** The name of the file of a state. */
export function indexName(generation: number): string {
  return `index-${generation}`;
}

/** The generation of a state, by the name of its file; undefined for other files. */
export function generationOf(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The text of a state, with a checksum, so that a text that was cut off is noticed. */
export function formatIndex(index: KeptIndex): string {
  const content = JSON.stringify(index);
  return `${sha256(content)}\n${content}`;
}

function isFile(value: unknown): value is KeptFile {
  return isJsonObject(value) && typeof value["path"] === "string" && typeof value["blob"] === "string" && typeof value["bytes"] === "number";
}

function isNote(value: unknown): value is RunNote {
  if (!isJsonObject(value)) return false;
  return typeof value["title"] === "string" && typeof value["isStopped"] === "boolean" && ["step", "totalSteps", "changed"].every((key) => typeof value[key] === "number");
}

/** Reads what `formatIndex` wrote; undefined for a text that is not whole. */
export function parseIndex(text: string): KeptIndex | undefined {
  const end = text.indexOf("\n");
  const content = text.slice(end + 1);
  if (end < 0 || sha256(content) !== text.slice(0, end)) return undefined;
  const value: unknown = JSON.parse(content);
  if (!isJsonObject(value)) return undefined;
  const { generation, note, files, folders } = value;
  if (typeof generation !== "number" || !isNote(note) || !Array.isArray(files) || !Array.isArray(folders)) return undefined;
  return { generation, note, files: files.filter(isFile), folders: folders.map(String) };
}
