/** Parses JSON objects. */
import { CheckpointError } from "../errors.js";

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object in a JSON text. Throws a CheckpointError that begins with `where` if there is none. */
export function parseJsonObject(text: string, where: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CheckpointError(`${where}: expected JSON, got ${JSON.stringify(text.slice(0, 40))}.`);
  }
  if (isJsonObject(value)) return value;
  throw new CheckpointError(`${where}: expected a JSON object, got ${Array.isArray(value) ? "an array" : JSON.stringify(value).slice(0, 40)}.`);
}

/** The object in a text; an empty one if there is none. */
export function objectIn(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
