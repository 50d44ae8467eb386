/**
 * Turns shaders/**.wgsl into src/generated/shaders.ts: source text, bindings, parameters and tunables of every kernel,
 * as one typed module that Node, the tests, a bundler and a browser read alike.
 *
 * What it understands of a shader, and nothing more:
 *   // #include "lib/x.wgsl"                      replaced by that file, once
 *   @group(0) @binding(i) var<storage, read> x: array<Vec>;        an argument
 *   @group(0) @binding(i) var<uniform> params: Params;             the last binding; 4-byte scalars only
 *   const TILE: u32 = 8u; // @tune                 a literal that a dispatch may set
 *   for (var p = 0u; p < TILE; p++) { // @unroll   written out when compiled, by src/gpu/unroll.ts
 *   alias Vec = vec4<f32>; // @width               becomes f32 where channels are no multiple of 4
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync, existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const shaderFolder = join(root, "shaders");
const output = join(root, "src", "generated", "shaders.ts");

interface Binding {
  readonly name: string;
  readonly access: "read" | "read_write";
}

interface Shader {
  readonly code: string;
  readonly bindings: readonly Binding[];
  readonly params: Readonly<Record<string, string>>;
  readonly tunables: Readonly<Record<string, number>>;
}

function fail(file: string, problem: string): never {
  throw new Error(`${relative(root, file)}: ${problem}`);
}

/** The file's text with every include replaced by its file, each at most once. */
function expand(file: string, included = new Set<string>()): string {
  return readFileSync(file, "utf8").replace(/^\/\/ #include "(.+)"$/gm, (_, name: string) => {
    const path = join(shaderFolder, name);
    if (!existsSync(path)) fail(file, `no such include: ${name}`);
    if (included.has(path)) return "";
    included.add(path);
    return expand(path, included).trimEnd();
  });
}

function parseBindings(file: string, code: string): Binding[] {
  const found: Binding[] = [];
  const pattern = /@group\(0\) @binding\((\d+)\) var<(storage, read|storage, read_write|uniform)> (\w+):/g;
  let last = -1;
  let uniform = "";
  for (const [, index, kind, name] of code.matchAll(pattern)) {
    if (Number(index) !== ++last) fail(file, `binding ${index} is out of order; expected ${last}`);
    if (kind === "uniform") uniform = name ?? "";
    else found.push({ name: name ?? "", access: kind === "storage, read" ? "read" : "read_write" });
  }
  if (uniform !== "params" || last !== found.length) fail(file, "the last binding must be var<uniform> params: Params");
  return found;
}

function parseParams(file: string, code: string): Record<string, string> {
  const body = /struct Params \{([^}]*)\}/.exec(code)?.[1];
  if (body === undefined) fail(file, "struct Params is missing");
  const params: Record<string, string> = {};
  for (const field of body.replace(/\/\/.*$/gm, "").split(",")) {
    if (field.trim() === "") continue;
    const match = /^\s*(\w+): (u32|i32|f32)\s*$/.exec(field);
    if (!match) fail(file, `parameter "${field.trim()}": expected name: u32, i32 or f32`);
    params[match[1] ?? ""] = match[2] ?? "";
  }
  return params;
}

function parseShader(file: string): Shader {
  const code = expand(file);
  if (!/\bfn main\(/.test(code)) fail(file, "the entry point must be fn main");
  const tunables: Record<string, number> = {};
  for (const [, name, value] of code.matchAll(/^const (\w+): u32 = (\d+)u; \/\/ @tune/gm)) {
    tunables[name ?? ""] = Number(value);
  }
  return { code, bindings: parseBindings(file, code), params: parseParams(file, code), tunables };
}

const shaders: Record<string, Shader> = {};
for (const entry of readdirSync(shaderFolder, { recursive: true, encoding: "utf8" }).sort()) {
  const name = entry.replaceAll("\\", "/");
  if (!name.endsWith(".wgsl") || name.startsWith("lib/")) continue;
  shaders[name.replace(/\.wgsl$/, "")] = parseShader(join(shaderFolder, entry));
}

// As literal types the sources would be in the package once more, in shaders.d.ts.
const literal = JSON.stringify(shaders, null, 2).replaceAll(/^ +"code": ".*"(?=,$)/gm, "$& as string");
const text = `// Made by scripts/generate-shaders.ts from shaders/; do not edit.
export const shaders = ${literal} as const;
`;
mkdirSync(dirname(output), { recursive: true });
if (!existsSync(output) || readFileSync(output, "utf8") !== text) writeFileSync(output, text);
