/**
 * Turns shaders/**.wgsl into src/generated/shaders.ts: source text, bindings, parameters and tunables of every kernel,
 * as one typed module that Node, the tests, a bundler and a browser read alike. The files of shaders/lib are in it as text,
 * for the kernels that users write. src/gpu/parse-shader.ts says what is understood of a shader.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseShader, type Shader } from "../src/gpu/parse-shader.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const shaderFolder = join(root, "shaders");
const output = join(root, "src", "generated", "shaders.ts");

const sources = new Map<string, string>();
for (const entry of readdirSync(shaderFolder, { recursive: true, encoding: "utf8" }).sort()) {
  if (entry.endsWith(".wgsl")) sources.set(entry.replaceAll("\\", "/"), readFileSync(join(shaderFolder, entry), "utf8"));
}

const includes: Record<string, string> = {};
const shaders: Record<string, Shader> = {};
for (const [file, wgsl] of sources) {
  if (file.startsWith("lib/")) includes[file] = wgsl;
  else shaders[file.replace(/\.wgsl$/, "")] = parseShader(`shaders/${file}`, wgsl, (name) => sources.get(name));
}

// As literal types the sources would be in the package once more, in shaders.d.ts.
const literal = JSON.stringify(shaders, null, 2).replaceAll(/^ +"code": ".*"(?=,$)/gm, "$& as string");
const text = `// Made by scripts/generate-shaders.ts from shaders/; do not edit.
export const shaders = ${literal} as const;

/** What a kernel may include. */
export const includes: Readonly<Record<string, string>> = ${JSON.stringify(includes, null, 2)};
`;
mkdirSync(dirname(output), { recursive: true });
if (!existsSync(output) || readFileSync(output, "utf8") !== text) writeFileSync(output, text);
