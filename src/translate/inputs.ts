/** The images that --input stands for. */
import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { globSync, isDynamicPattern } from "tinyglobby";
import { entryAt, listImages } from "../data/image-folder.js";
import { hasImageName } from "../data/scan-folder.js";
import { DataError } from "../errors.js";

/** Stands for standard input or output instead of a path. */
export const STREAM = "-";

/** An image to translate. */
export interface InputImage {
  /** Path of the image, or "-" for standard input. */
  readonly from: string;
  /** Path relative to `folder`. */
  readonly name: string;
  /** The folder that was named, or the part of a pattern without wildcards. */
  readonly folder: string;
}

function below(folder: string, paths: readonly string[]): InputImage[] {
  return paths.map((from) => ({ from, name: relative(folder, from), folder }));
}

/** The images that match a pattern. Its longest part that exists is taken literally: names of folders may look like patterns. */
function matching(pattern: string): InputImage[] {
  const parts = pattern.split("/");
  const start = (count: number): string => parts.slice(0, count).join("/") || (pattern.startsWith("/") ? "/" : ".");
  let fixed = 0;
  while (fixed < parts.length - 1 && existsSync(start(fixed + 1))) fixed++;
  const folder = start(fixed);
  const found = globSync(parts.slice(fixed).join("/"), { cwd: folder, expandDirectories: false });
  const paths = found.filter(hasImageName).sort().map((path) => join(folder, path));
  if (paths.length > 0) return below(folder, paths);
  throw new DataError(`--input ${pattern}: expected a pattern that some images match, got none.`);
}

/** The images of one `--input`: a file, a folder, a pattern, or standard input. */
function imagesOf(input: string, onMessage: (text: string) => void): InputImage[] {
  if (input === STREAM) return [{ from: STREAM, name: "stdin", folder: "." }];
  const found = entryAt(input);
  if (found?.isDirectory()) return below(input, listImages(input, undefined, onMessage));
  if (found) return [{ from: input, name: basename(input), folder: dirname(input) }];
  if (isDynamicPattern(input)) return matching(input);
  throw new DataError(`--input ${input}: expected an image, a folder of images or a pattern, got nothing.`);
}

/**
 * The images of all inputs in order, each path once. `onMessage` is told what is left out of folders. Throws a DataError for an
 * input without images.
 */
export function findInputs(inputs: readonly string[], onMessage: (text: string) => void = () => {}): InputImage[] {
  const seen = new Set<string>();
  return inputs.flatMap((input) => imagesOf(input, onMessage)).filter(({ from }) => {
    const file = from === STREAM ? from : resolve(from);
    if (seen.has(file)) return false;
    seen.add(file);
    return true;
  });
}
