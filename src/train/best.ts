import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject } from "../io/parse-json.js";
import type { WeightModule } from "../io/weights.js";
import { saveNetworks } from "./checkpoint.js";
import { removeQuietly, writeFileWhole } from "./durable.js";

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

/** The score of the weights under the tag `best`; undefined where there are none, or they were measured otherwise. */
export function bestScore(folder: string, metric: string): Score | undefined {
  try {
    const score: unknown = JSON.parse(readFileSync(scorePath(folder), "utf8"));
    if (!isJsonObject(score) || score["metric"] !== metric) return undefined;
    const { step, value } = score;
    return typeof step === "number" && typeof value === "number" ? { step, metric, value } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keeps the networks' weights under the tag `best`, and their score in best.json, when no step before had a lower one;
 * returns whether. To be called before the step's checkpoint is saved.
 */
export async function keepBest(
  folder: string,
  networks: Readonly<Record<string, WeightModule>>,
  score: Score,
): Promise<boolean> {
  const before = bestScore(folder, score.metric);
  if (!Number.isFinite(score.value) || (before && before.value <= score.value)) return false;
  await saveNetworks(folder, ["best"], networks);
  writeFileWhole(scorePath(folder), `${JSON.stringify(score)}\n`);
  return true;
}

/** Forgets a best score of a step after `last`: training on from there finds it again, if it is one. */
export function forgetBestAfter(folder: string, last: number): void {
  try {
    const score: unknown = JSON.parse(readFileSync(scorePath(folder), "utf8"));
    if (isJsonObject(score) && Number(score["step"]) <= last) return;
  } catch {
    // Not there, or of no use.
  }
  removeQuietly(scorePath(folder));
}
