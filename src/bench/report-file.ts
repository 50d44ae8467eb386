/** The file that `cyclegan bench` writes. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { writeFileWhole } from "../io/files.js";
import { formatReport, type BenchReport } from "./report.js";

/** The default name of the file, from that of the adapter: `cyclegan-bench-nvidia-h100.json`. */
export function reportFileName({ adapterInfo }: Pick<Gpu, "adapterInfo">): string {
  const { device, architecture, vendor } = adapterInfo;
  const words = (device || [vendor, architecture].join("-")).toLowerCase().match(/[a-z0-9]+/g) ?? ["adapter"];
  return `cyclegan-bench-${words.join("-")}.json`;
}

/** Throws a UsageError unless the file can be written and is new or may be replaced. Call it before anything is timed. */
export function checkReportFile(file: string, overwrite: boolean): void {
  if (file === "") throw new UsageError("--json needs the name of a file. Name one, or leave out --json.");
  if (existsSync(file)) {
    if (statSync(file).isDirectory()) throw new UsageError(`--json: expected a file, got ${file}, which is a folder.`);
    if (!overwrite) {
      throw new UsageError(
        `--json: expected a new file, got ${file}, which exists. Name another with --json, or replace it with --overwrite.`,
      );
    }
  }
  const folder = dirname(file);
  if (!existsSync(folder)) {
    throw new UsageError(`--json: expected a file in a folder that exists, got ${file}. Make ${folder} first.`);
  }
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    const problem = `--json: expected a folder that can be written, got ${folder}, which cannot.`;
    throw new UsageError(`${problem} Name a file elsewhere with --json.`, { cause });
  }
}

/** Writes the file. Throws a CheckpointError with advice if that fails. */
export function writeReport(file: string, report: BenchReport): void {
  writeFileWhole(file, formatReport(report));
}
