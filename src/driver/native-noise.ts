import { Transform } from "node:stream";
import { stripVTControlCharacters } from "node:util";

const START = "Warning: maxDynamic";
/** What Dawn says of a software adapter, past JavaScript, each time it lists the adapters. */
const NOISE = /^Warning: maxDynamic(?:Uniform|Storage)BuffersPerPipelineLayout artificially reduced [^\n]*\n$/;

/**
 * Passes an error output on without Dawn's warnings about a software adapter's limits. Everything else passes at once;
 * held back is only the beginning of a line that may still become such a warning.
 */
export function withoutNativeNoise(): Transform {
  let held = "";
  let atLineStart = true;
  const judge = (piece: string): string => {
    const visible = stripVTControlCharacters(piece);
    const complete = piece.endsWith("\n");
    const suspect = complete ? NOISE.test(visible) : START.startsWith(visible) || visible.startsWith(START);
    if (atLineStart && suspect && piece.endsWith(visible)) {
      if (!complete) held = visible;
      // The status line's control sequences may stand before it.
      return piece.slice(0, piece.length - visible.length);
    }
    atLineStart = complete;
    return piece;
  };
  return new Transform({
    // Latin-1 is a character a byte, so what a chunk's end has cut in two stays as it is.
    transform(chunk: Buffer, _, done) {
      const text = held + chunk.toString("latin1");
      held = "";
      done(null, Buffer.from(text.split(/(?<=\n)/).map(judge).join(""), "latin1"));
    },
    flush(done) {
      done(null, Buffer.from(held, "latin1"));
    },
  });
}
