/** Writes the package's version into src/generated/version.ts, so that a bundle of the library knows it without a package.json. */
import { readFileSync, writeFileSync } from "node:fs";
import { isJsonObject } from "../src/io/parse-json.js";

const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
if (!isJsonObject(manifest)) throw new Error("package.json: expected a JSON object");
const text = [
  "// Made by scripts/generate-version.ts. Do not edit.",
  "/** The version of this package, as in package.json. */",
  `export const productVersion = ${JSON.stringify(manifest["version"])};`,
  "",
].join("\n");
writeFileSync(new URL("../src/generated/version.ts", import.meta.url), text);
