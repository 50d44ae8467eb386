/**
 * Reads the engine's own notation in a shader.
 *
 * What it understands of WGSL, and nothing more:
 *   // #include "lib/x.wgsl"                      replaced by that file, once
 *   @group(0) @binding(i) var<storage, read> x: array<Vec>;        an argument
 *   @group(0) @binding(i) var<uniform> params: Params;             the last binding; 4-byte scalars only
 *   const TILE: u32 = 8u; // @tune                 a literal that a dispatch may set
 *   for (var p = 0u; p < TILE; p++) { // @unroll   written out when compiled, by unroll.ts
 *   alias Vec = vec4<f32>; // @width               becomes f32 where channels are no multiple of 4
 */
import { KernelError } from "../errors.js";

export type ParamKind = "u32" | "i32" | "f32";

export interface ShaderBinding {
  readonly name: string;
  readonly access: "read" | "read_write";
}

/** A shader with its includes, and what the engine must know of it. */
export interface Shader {
  readonly code: string;
  readonly bindings: readonly ShaderBinding[];
  readonly params: Readonly<Record<string, ParamKind>>;
  readonly tunables: Readonly<Record<string, number>>;
}

/**
 * The shader that `wgsl` describes. `name` is for errors. `include` returns the text of an included file, or undefined if there
 * is none.
 *
 * Throws KernelError if an include is missing, or if entry point, bindings, parameters or workgroup are not as the engine
 * dispatches them.
 */
export function parseShader(name: string, wgsl: string, include: (file: string) => string | undefined): Shader {
  const code = expand(name, wgsl, include, new Set());
  if (!/\bfn main\(/.test(code)) throw new KernelError(`${name}: expected an entry point "fn main(", got none.`);
  const tunables: Record<string, number> = {};
  for (const [, tunable, value] of code.matchAll(/^const (\w+): u32 = (\d+)u; \/\/ @tune/gm)) {
    tunables[tunable ?? ""] = Number(value);
  }
  if (tunables["WORKGROUP"] === undefined) {
    throw new KernelError(`${name}: expected a line "const WORKGROUP: u32 = 64u; // @tune", got none.`);
  }
  return { code, bindings: parseBindings(name, code), params: parseParams(name, code), tunables };
}

/** The text with every include replaced by its file, each at most once. */
function expand(name: string, wgsl: string, include: (file: string) => string | undefined, included: Set<string>): string {
  return wgsl.replace(/^\/\/ #include "(.+)"$/gm, (_, file: string) => {
    const text = include(file);
    if (text === undefined) throw new KernelError(`${name}: expected an include that exists, got "${file}".`);
    if (included.has(file)) return "";
    included.add(file);
    return expand(name, text, include, included).trimEnd();
  });
}

function parseBindings(name: string, code: string): ShaderBinding[] {
  const found: ShaderBinding[] = [];
  const pattern = /@group\(0\) @binding\((\d+)\) var<(storage, read|storage, read_write|uniform)> (\w+):/g;
  let last = -1;
  let uniform = "";
  for (const [, index, kind, binding = ""] of code.matchAll(pattern)) {
    if (Number(index) !== ++last) throw new KernelError(`${name}: expected @binding(${last}) at ${binding}, got @binding(${index}).`);
    if (kind === "uniform") uniform = binding;
    else found.push({ name: binding, access: kind === "storage, read" ? "read" : "read_write" });
  }
  if (uniform !== "params" || last !== found.length) {
    throw new KernelError(`${name}: expected "@group(0) @binding(${found.length}) var<uniform> params: Params;" as the last binding.`);
  }
  return found;
}

function parseParams(name: string, code: string): Record<string, ParamKind> {
  const body = /struct Params \{([^}]*)\}/.exec(code)?.[1];
  if (body === undefined) throw new KernelError(`${name}: expected a "struct Params { … }", got none.`);
  const params: Record<string, ParamKind> = {};
  for (const field of body.replace(/\/\/.*$/gm, "").split(",")) {
    if (field.trim() === "") continue;
    const [, param, kind] = /^\s*(\w+): (u32|i32|f32)\s*$/.exec(field) ?? [];
    if (param === undefined || !isKind(kind)) {
      throw new KernelError(`${name}: expected a parameter of u32, i32 or f32, got "${field.trim()}".`);
    }
    params[param] = kind;
  }
  return params;
}

function isKind(kind: string | undefined): kind is ParamKind {
  return kind === "u32" || kind === "i32" || kind === "f32";
}
