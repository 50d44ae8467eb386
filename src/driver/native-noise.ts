/** Filters Dawn's own warnings out of the error output. */
import { Transform } from "node:stream";
import { stripVTControlCharacters } from "node:util";

const START = "Warning: maxDynamic";
/** Dawn's native code prints this about a software adapter each time it lists the adapters. */
const NOISE = /^Warning: maxDynamic(?:Uniform|Storage)BuffersPerPipelineLayout artificially reduced [^\n]*\n$/;

/**
 * Passes on an error output without Dawn's warnings about the limits of a software adapter. Only the beginning of a line that
 * may still become such a warning is held back; everything else passes at once.
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
      // Control sequences of the status line may precede it.
      return piece.slice(0, piece.length - visible.length);
    }
    atLineStart = complete;
    return piece;
  };
  return new Transform({
    // Latin-1 has one character per byte, so characters that a chunk cuts in two are preserved.
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
