/** The version of this package. */
import { readFileSync } from "node:fs";
import { isJsonObject } from "../io/parse-json.js";

/** As in package.json. */
export function productVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return isJsonObject(manifest) ? String(manifest["version"]) : "unknown";
}
