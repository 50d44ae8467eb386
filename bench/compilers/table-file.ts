import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UsageError } from "../../src/errors.js";
import { isJsonObject } from "../../src/io/parse-json.js";
import type { StepSizes } from "./compile.js";
import type { KernelFigures, KernelRow } from "./rows.js";

export const TABLE = fileURLToPath(new URL("table.json", import.meta.url));

/** The figures of all kernels when the table was written. The file has one line per kernel. */
export interface Table {
  /** The release of Mesa that compiled the kernels. Other releases give other figures. */
  readonly mesa: string;
  readonly step: StepSizes;
  /** By device and kernel. */
  readonly devices: Readonly<Record<string, Readonly<Record<string, KernelFigures>>>>;
}

export function makeTable(mesa: string, step: StepSizes, rows: ReadonlyMap<string, readonly KernelRow[]>): Table {
  const byName = (list: readonly KernelRow[]) =>
    Object.fromEntries([...list].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, figures }) => [name, figures]));
  return { mesa, step, devices: Object.fromEntries([...rows].map(([device, list]) => [device, byName(list)])) };
}

function inLines(entries: Readonly<Record<string, unknown>>, indent: string): string {
  const lines = Object.entries(entries).map(([key, value]) => `${indent} ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(",\n")}\n${indent}}`;
}

export function formatTable({ mesa, step, devices }: Table): string {
  const parts = Object.entries(devices).map(([device, kernels]) => `  ${JSON.stringify(device)}: ${inLines(kernels, "  ")}`);
  return `{\n "mesa": ${JSON.stringify(mesa)},\n "step": ${JSON.stringify(step)},\n "devices": {\n${parts.join(",\n")}\n }\n}\n`;
}

function isSizes(value: unknown): value is StepSizes {
  return isJsonObject(value) && ["size", "blocks", "ngf"].every((name) => typeof value[name] === "number");
}

const FIGURES = ["dispatches", "work", "registers", "spills", "scratchBytes", "waves", "workgroupBytes", "instructions"];
const ROUND = [
  "multiplyAdds",
  "multiplyAddInstructions",
  "otherVector",
  "seldomVector",
  "vectorShare",
  "share",
  "waits",
  "earlyWaits",
];

function isFigures(value: unknown): value is KernelFigures {
  if (!isJsonObject(value) || !FIGURES.every((name) => typeof value[name] === "number")) return false;
  const { round } = value;
  return round === undefined || (isJsonObject(round) && ROUND.every((name) => typeof round[name] === "number"));
}

function isDevices(value: unknown): value is Table["devices"] {
  const isKernels = (kernels: unknown): boolean => isJsonObject(kernels) && Object.values(kernels).every(isFigures);
  return isJsonObject(value) && Object.values(value).every(isKernels);
}

/** Parses a table that `formatTable` wrote. Throws UsageError for any other text. */
export function parseTable(text: string): Table {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { mesa, step, devices } = isJsonObject(value) ? value : {};
  if (typeof mesa === "string" && isSizes(step) && isDevices(devices)) return { mesa, step, devices };
  throw new UsageError(`${TABLE}: expected the table that --update writes, got ${JSON.stringify(text.slice(0, 40))}. Write it again with --update.`);
}

export function readTable(): Table {
  return parseTable(readFileSync(TABLE, "utf8"));
}
