/** `// @unroll`: loops of a shader, written out. */
import { KernelError } from "../errors.js";

const CONSTANT = /^const (\w+): u32 = ([^;]+);/gm;
const LOOP = /^(\s*)for \(var (\w+) = 0u; \2 < ([^;]+); \2\+\+\) \{ \/\/ @unroll(?: (\w+))?$/;

/**
 * Writes out each loop whose first line ends in `{ // @unroll`, with the counter replaced by a literal in every copy.
 *
 * A register tile is an array, and it stays in registers only if every index is known when the shader is compiled. Mesa
 * unrolls such loops; SwiftShader does not, and fetches each element from memory. Bounds are products and quotients of
 * literals and `u32` constants. Throws KernelError for any other bound.
 *
 * `{ // @unroll TIMES` names a constant: the loop is written out that many times, whatever its bound says, and stays a loop
 * if the constant is 0. So a tunable can decide.
 */
export function unroll(name: string, code: string): string {
  if (!code.includes("// @unroll")) return code;
  const constants = new Map<string, string>();
  for (const [, constant = "", value = ""] of code.matchAll(CONSTANT)) constants.set(constant, value);

  const valueOf = (expression: string): number => {
    const [first = "", ...rest] = expression.split(" ");
    let value = termOf(first);
    for (let at = 0; at < rest.length; at += 2) {
      const term = termOf(rest[at + 1] ?? "");
      value = rest[at] === "*" ? value * term : Math.floor(value / term);
    }
    return value;
  };
  const termOf = (term: string): number => {
    const constant = constants.get(term);
    if (constant !== undefined) return valueOf(constant);
    if (!/^\d+u$/.test(term)) throw new KernelError(`${name}: expected the bound of an unrolled loop to be constant, got "${term}".`);
    return Number.parseInt(term, 10);
  };
  const written = (lines: readonly string[]): string[] => {
    const result: string[] = [];
    for (let at = 0; at < lines.length; at++) {
      const line = lines[at] ?? "";
      const [, indent = "", counter = "", bound = "", times = bound] = LOOP.exec(line) ?? [];
      const count = counter === "" ? 0 : valueOf(times);
      if (count === 0) {
        result.push(line);
        continue;
      }
      const end = lines.indexOf(`${indent}}`, at);
      const body = lines.slice(at + 1, end);
      const uses = new RegExp(`\\b${counter}\\b`, "g");
      for (let copy = 0; copy < count; copy++) {
        result.push(`${indent}{`, ...written(body.map((each) => each.replace(uses, `${copy}u`))), `${indent}}`);
      }
      at = end;
    }
    return result;
  };
  return written(code.split("\n")).join("\n");
}
