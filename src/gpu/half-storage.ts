/** Lets a shader read and write buffers of float16. */
import { KernelError } from "../errors.js";

/** The types in which a shader declares a buffer's elements, and how the same element is stored in half the bytes. */
const STORED: Readonly<Record<string, string>> = { Vec: "HalfVec", vec4f: "vec4h", f32: "f16" };

const WIDTH_ALIAS = /^alias Vec = (vec4<f32>|f32); \/\/ @width$/m;

/**
 * The shader with the buffers `halves` declared as float16. Every load from one of them becomes a conversion to float32, every
 * store one from it, and nothing else changes: the shader computes in float32 as before.
 *
 * A store outside float16's range, ±65504, leaves infinity or NaN. Throws KernelError for a buffer whose elements are not floats.
 */
export function withHalves(name: string, code: string, halves: readonly string[]): string {
  if (halves.length === 0) return code;
  // The alias follows that of Vec, whose width the shader's own channels decide. Comments write of buffers as well.
  const aliased = code.replace(WIDTH_ALIAS, (line, type: string) => `${line}\nalias HalfVec = ${type.replace("f32", "f16")};`);
  let result = aliased.replaceAll(/\/\/.*$/gm, "");
  for (const buffer of halves) {
    const declaration = new RegExp(`(var<storage, \\w+> ${buffer}: array<)(\\w+)(>;)`);
    const element = declaration.exec(result)?.[2] ?? "";
    const stored = STORED[element];
    if (stored === undefined) throw new KernelError(`${name}: expected the elements of ${buffer} to be floats, got ${element || "none"}.`);
    result = convertUses(result, buffer, element, stored).replace(declaration, `$1${stored}$3`);
  }
  return `enable f16;\n${result}`;
}

/** Converts where `buffer[…]` is read, and what is assigned to it. */
function convertUses(code: string, buffer: string, element: string, stored: string): string {
  const use = new RegExp(`(?<![.\\w])${buffer}\\[`, "g");
  let result = "";
  let done = 0;
  for (let found = use.exec(code); found; found = use.exec(code)) {
    const end = closing(code, found.index + buffer.length);
    const place = code.slice(found.index, end);
    const assigned = /^ ([-+*/]?)= (?!=)/.exec(code.slice(end));
    // The index itself may read the buffer.
    const inside = `${buffer}[${convertUses(place.slice(buffer.length + 1, -1), buffer, element, stored)}]`;
    result += code.slice(done, found.index);
    if (assigned) {
      const stop = code.indexOf(";", end);
      const value = convertUses(code.slice(end + assigned[0].length, stop), buffer, element, stored);
      const changed = assigned[1] ? `${element}(${inside}) ${assigned[1]} (${value})` : value;
      result += `${inside} = ${stored}(${changed})`;
      done = stop;
    } else {
      result += `${element}(${inside})`;
      done = end;
    }
    use.lastIndex = done;
  }
  return result + code.slice(done);
}

/** The place behind the bracket that closes the one at `open`. */
function closing(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code[at] === "[") depth++;
    if (code[at] === "]" && --depth === 0) return at + 1;
  }
  return code.length;
}
