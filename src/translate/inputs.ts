import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { globSync, isDynamicPattern } from "tinyglobby";
import { hasImageName, listImages } from "../data/image-folder.js";
import { DataError } from "../errors.js";

/** Stands for standard input or output in the place of a path. */
export const STREAM = "-";

/** An image to translate. */
export interface InputImage {
  /** Its path, or "-" for standard input. */
  readonly from: string;
  /** Its path below the folder that was named, or below the part of a pattern without wildcards. */
  readonly name: string;
  /** That folder. */
  readonly folder: string;
}

function below(folder: string, paths: readonly string[]): InputImage[] {
  return paths.map((from) => ({ from, name: relative(folder, from), folder }));
}

/** What matches a pattern below the longest part of it that exists: names of folders may look like patterns. */
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

/** The images that one `--input` stands for: a file, those of a folder, those that match a pattern, or standard input. */
function imagesOf(input: string): InputImage[] {
  if (input === STREAM) return [{ from: STREAM, name: "stdin", folder: "." }];
  const found = statSync(input, { throwIfNoEntry: false });
  if (found?.isDirectory()) return below(input, listImages(input));
  if (found) return [{ from: input, name: basename(input), folder: dirname(input) }];
  if (isDynamicPattern(input)) return matching(input);
  throw new DataError(`--input ${input}: expected an image, a folder of images or a pattern, got nothing.`);
}

/** Every image that the inputs stand for, once, in their order; throws a DataError for an input without any. */
export function findInputs(inputs: readonly string[]): InputImage[] {
  const seen = new Set<string>();
  return inputs.flatMap(imagesOf).filter(({ from }) => {
    const file = from === STREAM ? from : realpathSync(from);
    if (seen.has(file)) return false;
    seen.add(file);
    return true;
  });
}
