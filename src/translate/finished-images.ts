import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ABANDONED, sweepPartials, writeFileWhole } from "../io/files.js";

/**
 * NOTE: finished images. A folder of translations holds a small file that says what they were made with: the hash of the
 * weights, which network of them, and the options that change pixels. An image counts as finished if it is younger than
 * that file and than its source. Images appear complete or not at all, so none is half finished. With other weights or
 * options the file is replaced, and every image there is older than it: all are translated again. Shards of one job find
 * the file that the first of them wrote. The times compared are all the folder's own, so that clocks of several machines
 * do not matter.
 */
const RECORD = ".cyclegan-translate.json";

/** What makes two translations of the same image the same. */
export interface TranslationSettings {
  /** Path of the weights. */
  readonly weights: string;
  /** Stands in front of the names of the generator's tensors there: one file may hold those of both directions. */
  readonly prefix: string;
  readonly format: string;
  readonly quality: number;
  readonly keepAlpha: boolean;
}

/** Whether a folder's images were made with the settings: `same`, `other`, or `unknown` if nothing says. */
export type Provenance = "same" | "other" | "unknown";

function recordOf({ weights, ...options }: TranslationSettings): string {
  const sha256 = createHash("sha256").update(readFileSync(weights)).digest("hex");
  return `${JSON.stringify({ weights: sha256, ...options })}\n`;
}

/** A folder of translations. */
export interface OutputFolder {
  readonly provenance: Provenance;
  /** Makes the folder say what is written there from now on; to be called before anything is. */
  readonly claim: () => void;
  /** Whether the translation `to` of `from` was written with these settings since `from` changed. */
  readonly isFinished: (from: string, to: string) => boolean;
}

/** Looks at a folder that translations with some settings go to. Writes nothing. */
export function openOutputFolder(folder: string, settings: TranslationSettings): OutputFolder {
  const path = join(folder, RECORD);
  const [wanted, found] = [recordOf(settings), contentOf(path)];
  const provenance = found === wanted ? "same" : found === undefined ? "unknown" : "other";
  let claimed = provenance === "same";
  return {
    provenance,
    claim() {
      sweepOutput(folder);
      // Another shard may have written it meanwhile, and images after it, which must stay younger.
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
