/** Tuned kernel variants as text, for pages and the tuning file. */
import { UsageError } from "../errors.js";
import type { Gpu } from "../gpu/gpu.js";
import { parseConvKey, variantNames } from "./conv-work.js";

/** Names the adapter, its driver and whether its matrix units may be used: measurements hold only for these. */
export function adapterIdentity({ adapterInfo, matrixUnits }: Gpu): string {
  const { vendor, architecture, device, description } = adapterInfo;
  const parts = [vendor, architecture, device, description, matrixUnits ? "matrix units" : ""];
  return parts.map((part) => part.trim()).filter(Boolean).join(" / ");
}

/** Whether the key names work and that work has this variant. */
export function isChoice(key: string, variant: unknown): variant is string {
  const work = parseConvKey(key);
  return work !== undefined && typeof variant === "string" && variantNames(work.pass).includes(variant);
}

/**
 * The kernel variants chosen on this device as JSON, with the adapter they were measured on.
 *
 * A page can keep it in `localStorage`. The command has a file of its own.
 */
export function exportTuning(gpu: Gpu): string {
  return JSON.stringify({ adapter: adapterIdentity(gpu), choices: Object.fromEntries(gpu.choices) });
}

/**
 * Takes the variants that `exportTuning` wrote, and returns how many: none if they were measured on another adapter or with
 * another driver. Variants that this version does not know are left out.
 *
 * Throws UsageError for any other text.
 */
export function importTuning(gpu: Gpu, json: string): number {
  const { adapter, choices } = parseTuning(json);
  if (adapter !== adapterIdentity(gpu)) return 0;
  let taken = 0;
  for (const [key, variant] of Object.entries(choices)) {
    if (!isChoice(key, variant)) continue;
    gpu.choices.set(key, variant);
    taken++;
  }
  return taken;
}

interface ExportedTuning {
  readonly adapter: string;
  readonly choices: Readonly<Record<string, unknown>>;
}

function parseTuning(json: string): ExportedTuning {
  try {
    const value: unknown = JSON.parse(json);
    if (isTuning(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new UsageError(
    `importTuning: expected what exportTuning returned, got ${JSON.stringify(json.slice(0, 40))}. Forget it and tune again.`,
  );
}

function isTuning(value: unknown): value is ExportedTuning {
  if (typeof value !== "object" || value === null || !("adapter" in value) || !("choices" in value)) return false;
  return typeof value.adapter === "string" && typeof value.choices === "object" && value.choices !== null;
}
