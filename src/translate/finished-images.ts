/** Which images of an output folder are already translated, so that an interrupted job continues. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { DType } from "../dtype.js";
import { sweepLeftovers, writeError } from "../io/files.js";
import { openJsonLines, readLines } from "../io/json-lines.js";

/**
 * NOTE: finished images. A folder of translations has a small file with a line for each image: how it was made (a hash of the
 * weights, the network, and the options that change pixels) and from what (the path of its source, its size and the time of its
 * last change). An image is finished if it exists and its newest line says that it was made in this way from this source.
 * Images are written whole, and their lines afterwards, so none is half finished. Shards of one job append to the same file.
 */
const RECORD = ".cyclegan-translate.jsonl";

/** What decides the pixels and the format of a translation. */
export interface TranslationSettings {
  /** Path of the weights. */
  readonly weights: string;
  /** What precedes the generator's parameter names there: one file may contain the generators of both directions. */
  readonly prefix: string;
  readonly format: string;
  readonly quality: number;
  /** Present if it is not float32. */
  readonly activations?: DType;
  readonly keepAlpha: boolean;
  /** Present for labels, whose palette they decide. */
  readonly classes?: string;
  /** Present if it is not `auto`. */
  readonly valueRange?: readonly [black: number, white: number];
  /** Present if colour profiles are ignored. */
  readonly ignoreIcc?: true;
  /** Present if images are resized. */
  readonly loadSize?: number;
  readonly scale?: number;
  /** Present if masks are used. */
  readonly masks?: true;
}

/** Whether a folder's images were made with these settings or others; `unknown` if the folder does not say. */
export type Provenance = "same" | "other" | "unknown";

/** A folder of translations. */
export interface OutputFolder {
  readonly provenance: Provenance;
  /** Creates the folder. Call it before the first image is written. Throws a CheckpointError. */
  readonly prepare: () => void;
  /** Removes what interrupted processes left in it. Other shards may be writing. */
  readonly sweep: () => void;
  /** Records that `to` has been written, the translation of `from` within `mask`. Throws a CheckpointError if it cannot. */
  readonly finish: (from: string, to: string, mask?: string) => void;
  /** Whether `to` is the translation of `from` within `mask`, as these are now, with these settings. */
  readonly isFinished: (from: string, to: string, mask?: string) => boolean;
}

function settingsHash({ weights, ...options }: TranslationSettings): string {
  const hash = createHash("sha256").update(readFileSync(weights));
  return hash.update(JSON.stringify(options)).digest("hex");
}

/** What identifies a source and its mask; undefined if one of them is not there. */
function sourceOf(path: string, mask: string | undefined): Readonly<Record<string, string | number>> | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  const source = found && { from: resolve(path), bytes: found.size, modified: found.mtimeMs };
  if (!source || mask === undefined) return source;
  const foundMask = statSync(mask, { throwIfNoEntry: false });
  return foundMask && { ...source, mask: resolve(mask), maskBytes: foundMask.size, maskModified: foundMask.mtimeMs };
}

/** Opens a folder for translations with these settings. Writes nothing. */
export function openOutputFolder(folder: string, settings: TranslationSettings): OutputFolder {
  const path = join(folder, RECORD);
  const made = settingsHash(settings);
  const lines = readLines(path);
  const newest = new Map(lines.map((line) => [String(line["to"]), line]));
  const record = openJsonLines(path);
  const isSame = [...newest.values()].some((line) => line["made"] === made);
  return {
    provenance: newest.size === 0 ? "unknown" : isSame ? "same" : "other",
    prepare() {
      try {
        mkdirSync(folder, { recursive: true });
      } catch (error) {
        throw writeError(folder, error);
      }
    },
    sweep: () => sweepLeftovers(folder, { recursive: true }),
    finish(from, to, mask) {
      record.append({ to: relative(folder, to), ...sourceOf(from, mask), made });
    },
    isFinished(from, to, mask) {
      const [line, source] = [newest.get(relative(folder, to)), sourceOf(from, mask)];
      if (!line || !source || !statSync(to, { throwIfNoEntry: false })) return false;
      return line["made"] === made && Object.entries(source).every(([key, value]) => line[key] === value);
    },
  };
}
