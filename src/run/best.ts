/** The weights that measured best on held-out images, with their score. */
import { readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { isJsonObject } from "../io/parse-json.js";
import type { WeightModule } from "../io/weights.js";
import { weightFiles } from "./weights.js";
import { removeQuietly, writeError, writeFileWhole, writeFilesWhole, writeFolderWhole } from "../io/files.js";

/** A measurement of a run's weights after a step; lower is better. */
export interface Score {
  readonly step: number;
  /** What was measured. */
  readonly metric: string;
  readonly value: number;
}

function scorePath(folder: string): string {
  return join(folder, "best.json");
}

const asideName = "best-before";

/** Names of the files of weights under the tag `best`, followed by that of their score. */
function bestFiles(folder: string): string[] {
  const weights = readdirSync(folder).filter((name) => name.startsWith("best_net_"));
  return [...weights, basename(scorePath(folder))];
}

/** Keeps a copy of the best weights, for a training that rolls back to before the step that replaces them. */
function setAside(folder: string): void {
  writeFolderWhole(join(folder, asideName), (aside) => {
    for (const name of bestFiles(folder)) writeFileWhole(join(aside, name), readFileSync(join(folder, name)));
  });
}

function readScore(folder: string): Score | undefined {
  try {
    const score: unknown = JSON.parse(readFileSync(scorePath(folder), "utf8"));
    if (!isJsonObject(score)) return undefined;
    const { step, metric, value } = score;
    return typeof step === "number" && typeof metric === "string" && typeof value === "number" ? { step, metric, value } : undefined;
  } catch {
    return undefined;
  }
}

/** The score of the weights under the tag `best`; undefined if there are none, or another metric measured them. */
export function bestScore(folder: string, metric: string): Score | undefined {
  const score = readScore(folder);
  return score?.metric === metric ? score : undefined;
}

/**
 * Keeps the networks' weights under the tag `best`, and their score in best.json, if no earlier step has a lower score;
 * returns whether it did. Call it before the step's checkpoint is saved. `until`: the last step that the training may roll
 * back to. Best weights of a step up to it may be needed again, so they are set aside.
 */
export async function keepBest(
  folder: string,
  networks: Readonly<Record<string, WeightModule>>,
  score: Score,
  until: number,
): Promise<boolean> {
  const before = bestScore(folder, score.metric);
  if (!Number.isFinite(score.value) || (before && before.value <= score.value)) return false;
  if (before && before.step <= until) setAside(folder);
  const files = [...(await weightFiles(folder, ["best"], networks)), [scorePath(folder), `${JSON.stringify(score)}\n`] as const];
  // The old score goes before the first new weights: without a score, no mixture of old and new weights counts as the best.
  writeFilesWhole(files, () => rmSync(scorePath(folder), { force: true }));
  return true;
}

/** Removes what was set aside, if the best weights are of a step up to `last`, the last one that the newest checkpoint covers. */
export function forgetReplaced(folder: string, last: number): void {
  const score = readScore(folder);
  if (score && score.step <= last) removeQuietly(join(folder, asideName));
}

/**
 * Forgets best weights of a step after `last`, and restores those that they replaced if these were set aside. A training
 * that continues from `last` finds the forgotten ones again. Throws a CheckpointError if the disk refuses.
 */
export function forgetBestAfter(folder: string, last: number): void {
  const aside = join(folder, asideName);
  const isKept = (score: Score | undefined): boolean => score !== undefined && score.step <= last;
  if (!isKept(readScore(folder))) {
    if (isKept(readScore(aside))) moveAll(aside, folder);
    else for (const name of bestFiles(folder).reverse()) removeQuietly(join(folder, name));
  }
  removeQuietly(aside);
}

/** The score moves last: weights without a score count as none. */
function moveAll(aside: string, folder: string): void {
  try {
    for (const name of bestFiles(aside)) renameSync(join(aside, name), join(folder, name));
  } catch (error) {
    throw writeError(folder, error);
  }
}
