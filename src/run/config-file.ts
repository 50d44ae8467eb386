/** A file of settings for `--config`. */
import { readFileSync } from "node:fs";
import { UsageError } from "../errors.js";
import { parseJsonObject } from "../io/parse-json.js";
import type { Settings } from "../models/model.js";
import { checkSettingNames, modelOf, optionsOf } from "./options.js";

/**
 * The settings in a file such as a run's config.json, without defaults for those it leaves out.
 *
 * Throws a UsageError if it cannot be read, has an unknown key, or has a value that its setting does not accept.
 */
export function readConfigFile(path: string): Readonly<Record<string, unknown>> {
  const values = parse(readText(path), path);
  checkSettings(values, `--config ${path}`);
  return values;
}

/** Throws a UsageError, which begins with `where`, for an unknown setting and for a value that a setting does not accept. */
export function checkSettings(settings: Settings, where: string): void {
  checkSettingNames(settings, where);
  const options = optionsOf(modelOf(settings));
  for (const [key, value] of Object.entries(settings)) {
    const spec = options[key];
    if (spec && !spec.accepts(value)) {
      throw new UsageError(`${where}: ${key}: expected ${spec.expected}, got ${JSON.stringify(value)}.`);
    }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--config ${path}: expected a file of settings, got ${reason}.`);
  }
}

function parse(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    return parseJsonObject(text, `--config ${path}`);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
