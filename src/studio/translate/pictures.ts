/** The pictures of the Translate page, and what becomes of each. */
import { outputName } from "../../translate/output-name.js";
import type { GivenFile } from "../files/given-file.js";
import type { Translated } from "../worker/protocol.js";

export interface Picture extends GivenFile {
  readonly id: number;
  readonly state: "waiting" | "working" | "done" | "failed";
  readonly result?: Translated;
  /** Why it failed. */
  readonly reason?: string;
  /** The share of its tiles that are finished, if it is computed in tiles. */
  readonly share?: number;
}

/** The picture as it was given. */
export function untouched({ id, path, file }: Picture): Picture {
  return { id, path, file, state: "waiting" };
}

/** Replaces a picture by one that follows from it. */
export function change(pictures: readonly Picture[], id: number, next: (picture: Picture) => Picture): readonly Picture[] {
  return pictures.map((picture) => (picture.id === id ? next(picture) : picture));
}

/** How many pictures are in a state. */
export function countOf(pictures: readonly Picture[], ...states: readonly Picture["state"][]): number {
  return pictures.filter(({ state }) => states.includes(state)).length;
}

/** The name of each translation, by the picture's id: that of the picture as a PNG file, all different. */
export function resultNames(pictures: readonly Picture[]): ReadonlyMap<number, string> {
  const taken = new Set<string>();
  return new Map(pictures.map(({ id, path }) => [id, outputName(path, taken, 3, "png")]));
}
