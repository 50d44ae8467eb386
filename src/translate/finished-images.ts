/** Which images of an output folder are already translated, so that an interrupted job continues. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ABANDONED, sweepPartials, writeFileWhole } from "../io/files.js";

/**
 * NOTE: finished images. A folder of translations holds a small file that says how they were made: the hash of the weights,
 * which network of them, and the options that change pixels. An image is finished if it is newer than that file and newer
 * than its source. Images appear whole or not at all, so none is half finished. Other weights or options replace the file,
 * which makes every image older than it, so all are translated again. Shards of one job share the file that the first of
 * them wrote. All times compared are those of files, so the clocks of several machines do not matter.
 */
const RECORD = ".cyclegan-translate.json";

/** What decides the pixels and the format of a translation. */
export interface TranslationSettings {
  /** Path of the weights. */
  readonly weights: string;
  /** What precedes the generator's parameter names there: one file may hold the generators of both directions. */
  readonly prefix: string;
  readonly format: string;
  readonly quality: number;
  readonly keepAlpha: boolean;
}

/** Whether a folder's images were made with these settings or others; `unknown` if the folder does not say. */
export type Provenance = "same" | "other" | "unknown";

function recordOf({ weights, ...options }: TranslationSettings): string {
  const sha256 = createHash("sha256").update(readFileSync(weights)).digest("hex");
  return `${JSON.stringify({ weights: sha256, ...options })}\n`;
}

/** A folder of translations. */
export interface OutputFolder {
  readonly provenance: Provenance;
  /** Records the settings in the folder. Call it before the first image is written. */
  readonly claim: () => void;
  /** Whether the translation `to` of `from` was written with these settings since `from` changed. */
  readonly isFinished: (from: string, to: string) => boolean;
}

/** Opens a folder for translations with these settings. Writes nothing. */
export function openOutputFolder(folder: string, settings: TranslationSettings): OutputFolder {
  const path = join(folder, RECORD);
  const [wanted, found] = [recordOf(settings), contentOf(path)];
  const provenance = found === wanted ? "same" : found === undefined ? "unknown" : "other";
  let claimed = provenance === "same";
  return {
    provenance,
    claim() {
      sweepOutput(folder);
      // Another shard may have written the record meanwhile, and images after it, which must stay newer than the record.
      claimed ||= contentOf(path) === wanted;
      if (claimed) return;
      mkdirSync(folder, { recursive: true });
      writeFileWhole(path, wanted);
      claimed = true;
    },
    isFinished(from, to) {
      const [written, record, source] = [changedAt(to), changedAt(path), changedAt(from)];
      if (provenance !== "same" || written === undefined || record === undefined || source === undefined) return false;
      return written >= record && written >= source;
    },
  };
}

/** Removes leftovers of interrupted processes. Another shard may be writing. */
function sweepOutput(folder: string): void {
  if (!statSync(folder, { throwIfNoEntry: false })) return;
  const inside = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const path of [folder, ...inside.map(({ parentPath, name }) => join(parentPath, name))]) sweepPartials(path, ABANDONED);
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Nanoseconds; undefined if there is no file. */
function changedAt(path: string): bigint | undefined {
  return statSync(path, { throwIfNoEntry: false, bigint: true })?.mtimeNs;
}
