/** Control characters, and those that reorder the text around them: a name in a file must not control the terminal. */
const controlling = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** A line of text with such characters, line feeds included, as \uXXXX. */
export function printable(line: string): string {
  return line.replaceAll(controlling, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** `printable` of several lines. */
export function printableLines(lines: readonly string[]): string {
  return lines.map(printable).join("\n");
}
