/** Unrolls the loops of a shader that are marked `// @unroll`. */
import { KernelError } from "../errors.js";

const CONSTANT = /^const (\w+): u32 = ([^;]+);/gm;
const LOOP = /^(\s*)for \(var (\w+) = 0u; \2 < ([^;]+); \2\+\+\) \{ \/\/ @unroll(?: (\w+))?$/;

/**
 * Unrolls each loop whose first line ends in `{ // @unroll`: the counter is a literal in every copy of the body.
 *
 * A register tile is an array, which stays in registers only if every index is known when the shader is compiled. Mesa
 * unrolls such loops. SwiftShader does not, and reads each element from memory. Bounds are products and quotients of
 * literals and `u32` constants. Throws KernelError for any other bound.
 *
 * `{ // @unroll TIMES` names a constant, such as a tunable: the loop has that many copies, whatever its bound is. If the
 * constant is 0, the loop stays a loop.
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
