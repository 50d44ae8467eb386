/** run.json: which processes trained a run, on what machine and data. */
import { readFileSync } from "node:fs";
import { productVersion } from "../generated/version.js";
import type { Gpu } from "../gpu/gpu.js";
import { isJsonObject } from "../io/parse-json.js";
import { adapterIdentity } from "../tune/choices-json.js";
import { writeFileWhole } from "../io/files.js";

/** One process that trained a run: an entry of run.json. */
export interface TrainingSession {
  /** Steps of the run before this session. */
  readonly fromStep: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly adapter: string;
  /** Names and sizes of the images, hashed. */
  readonly data: string;
}

export function describeSession(gpu: Gpu, data: string, fromStep: number): TrainingSession {
  return {
    fromStep,
    startedAt: new Date().toISOString(),
    version: productVersion,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    adapter: adapterIdentity(gpu),
    data,
  };
}

/** Adds a session to run.json; returns the adapter of the previous session, if there is one. */
export function addSession(path: string, session: TrainingSession): string | undefined {
  const sessions = readSessions(path);
  writeFileWhole(path, `${JSON.stringify({ sessions: [...sessions, session] }, undefined, 2)}\n`);
  const last = sessions.at(-1);
  return isJsonObject(last) ? String(last["adapter"]) : undefined;
}

function readSessions(path: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isJsonObject(value) && Array.isArray(value["sessions"]) ? value["sessions"] : [];
  } catch {
    return [];
  }
}
