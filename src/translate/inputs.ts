/** The images that --input stands for. */
import { existsSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { globSync, isDynamicPattern } from "tinyglobby";
import { describeFound, kindAt, listImages } from "../data/list-images.js";
import { describeLeftOut, refuseLeftOut, scanFiles, type LeftOutCounts } from "../data/scan-folder.js";
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

/** The images of an input, and what is left out of it. */
interface FoundInput extends LeftOutCounts {
  readonly images: readonly InputImage[];
}

const nothing: LeftOutCounts = { leftOut: [], others: 0, hidden: 0, systemFolders: [] };

/** The images that match a pattern. Its longest part that exists is taken literally: names of folders may look like patterns. */
function matching(pattern: string): FoundInput {
  const parts = pattern.split("/");
  const start = (count: number): string => parts.slice(0, count).join("/") || (pattern.startsWith("/") ? "/" : ".");
  let fixed = 0;
  while (fixed < parts.length - 1 && existsSync(start(fixed + 1))) fixed++;
  const folder = start(fixed);
  const matched = globSync(parts.slice(fixed).join("/"), { cwd: folder, expandDirectories: false }).map((path) => join(folder, path));
  const { images, bytes: _, ...counts } = scanFiles(matched);
  if (images.length > 0) return { ...counts, images: below(folder, images) };
  const other = describeLeftOut(counts);
  throw new DataError(`--input ${pattern}: expected a pattern that some images match, got none${other === "" ? "" : `, but ${other}`}.`);
}

/** The images of a folder. */
function inside(folder: string): FoundInput {
  let counts = nothing;
  const paths = listImages(folder, (scan) => void (counts = scan));
  return { ...counts, images: below(folder, paths) };
}

/** The images of one `--input`: a file, a folder, a pattern, or standard input. */
function imagesOf(input: string): FoundInput {
  if (input === STREAM) return { ...nothing, images: [{ from: STREAM, name: "stdin", folder: "." }] };
  const found = kindAt(input);
  if (found === "folder") return inside(input);
  if (found) return { ...nothing, images: [{ from: input, name: basename(input), folder: dirname(input) }] };
  if (isDynamicPattern(input)) return matching(input);
  throw new DataError(`--input ${input}: expected an image, a folder of images or a pattern, got nothing.`);
}

export interface InputOptions {
  /** Whether an image is a translation in the output folder, which is no input. */
  readonly isTranslation?: (image: InputImage) => boolean;
  /** Makes an error of images that are left out; default false. */
  readonly strict?: boolean;
  /** Receives a line with the number of images and what is left out. */
  readonly onMessage?: (text: string) => void;
}

/** The images of all inputs in order, each path once. Throws a DataError for an input without images. */
export function findInputs(inputs: readonly string[], options: InputOptions = {}): InputImage[] {
  const { isTranslation = () => false, strict = false, onMessage } = options;
  const found = inputs.map(imagesOf);
  if (strict) refuseLeftOut(found.flatMap(({ leftOut }) => leftOut));
  const seen = new Set<string>();
  const all = found.flatMap(({ images }) => images).filter(({ from }) => {
    const file = from === STREAM ? from : resolve(from);
    if (seen.has(file)) return false;
    seen.add(file);
    return true;
  });
  const images = all.filter((image) => !isTranslation(image));
  onMessage?.(describeInputs(inputs, images.length, found, all.length - images.length));
  return images;
}

/** Such as `photos: 12 images, left out: 3 images in the output folder.` */
function describeInputs(inputs: readonly string[], images: number, found: readonly FoundInput[], translations: number): string {
  const [first = STREAM] = inputs;
  const place = inputs.length > 1 ? `${inputs.length} inputs` : first === STREAM ? "standard input" : first;
  const sum = (count: (one: FoundInput) => number): number => found.reduce((total, one) => total + count(one), 0);
  const line = describeFound(place, images, {
    leftOut: found.flatMap(({ leftOut }) => leftOut),
    others: sum(({ others }) => others),
    hidden: sum(({ hidden }) => hidden),
    systemFolders: found.flatMap(({ systemFolders }) => systemFolders),
  });
  if (translations === 0) return `${line}.`;
  return `${line}${line.includes("left out: ") ? ", " : ", left out: "}${translations} in the output folder.`;
}
