/** The best weights of a run, as measured on held-out images, with their score. */
import { readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { isJsonObject } from "../io/parse-json.js";
import type { WeightModule } from "../io/weights.js";
import { isBetter, type Better } from "../optim/better.js";
import { weightFiles } from "./weights.js";
import { removeQuietly, writeError, writeFileWhole, writeFilesWhole, writeFolderWhole } from "../io/files.js";

/** A measurement of a run's weights after a step. */
export interface Score {
  readonly step: number;
  /** The name of the metric. */
  readonly metric: string;
  readonly value: number;
}

function scorePath(folder: string): string {
  return join(folder, "best.json");
}

const asideName = "best-before";

/** Names of the files of weights with the tag `best`, followed by that of their score. */
function bestFiles(folder: string): string[] {
  const weights = readdirSync(folder).filter((name) => name.startsWith("best_net_"));
  return [...weights, basename(scorePath(folder))];
}

/** Keeps a copy of the best weights, in case the training returns to a step before the one that replaces them. */
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

/** The score of the weights with the tag `best`; undefined if there are none, or if the score is of another metric. */
export function bestScore(folder: string, metric: string): Score | undefined {
  const score = readScore(folder);
  return score?.metric === metric ? score : undefined;
}

/**
 * Writes the networks' weights with the tag `best`, and their score to best.json, unless an earlier step has one as good.
 * Returns whether it did. Call it before the step's checkpoint is saved. `until`: the last step that the training may return
 * to. Best weights of a step up to it may be needed again, so they are set aside.
 */
export async function keepBest(
  folder: string,
  networks: Readonly<Record<string, WeightModule>>,
  score: Score,
  until: number,
  better: Better = "lower",
): Promise<boolean> {
  const before = bestScore(folder, score.metric);
  if (!Number.isFinite(score.value) || (before && !isBetter(score.value, before.value, better))) return false;
  if (before && before.step <= until) setAside(folder);
  const files = [...(await weightFiles(folder, ["best"], networks)), [scorePath(folder), `${JSON.stringify(score)}\n`] as const];
  // The old score is removed first: without a score, a mixture of old and new weights does not count as the best.
  writeFilesWhole(files, () => rmSync(scorePath(folder), { force: true }));
  return true;
}

/** Removes weights that were set aside, if the best weights are of a step up to `last`, the step of the newest checkpoint. */
export function forgetReplaced(folder: string, last: number): void {
  const score = readScore(folder);
  if (score && score.step <= last) removeQuietly(join(folder, asideName));
}

/**
 * Removes best weights of a step after `last`, and restores the ones that they replaced if these were set aside. A training that
 * continues from `last` finds the removed ones again. Throws a CheckpointError if a file cannot be written.
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

/** The score is moved last: weights without a score do not count. */
function moveAll(aside: string, folder: string): void {
  try {
    for (const name of bestFiles(aside)) renameSync(join(aside, name), join(folder, name));
  } catch (error) {
    throw writeError(folder, error);
  }
}
