/** Control characters, and those that reorder what stands beside them: a name in a file must not steer the terminal. */
const steering = /(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** The text with such characters as \uXXXX; line feeds stay. */
export function printable(text: string): string {
  return text.replaceAll(steering, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
