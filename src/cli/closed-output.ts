import { fileErrorCode } from "../io/files.js";
import { fail } from "./fail.js";

/** The reader of a pipe has ended; a terminal was closed. */
const gone = ["EPIPE", "EIO"];

/**
 * Lets a command continue, and end as it would, if nobody reads its output any more: `cyclegan train --help | head`,
 * or a training whose terminal was closed. Output that cannot be written for another reason is an error.
 */
export function tolerateClosedOutput(): void {
  // Nobody could be told.
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error) => {
    // Whoever writes images there listens as well, and says more.
    if (gone.includes(fileErrorCode(error) ?? "") || process.stdout.listenerCount("error") > 1) return;
    process.exitCode = fail(new Error(`standard output: expected to take what is printed, got ${error.message}.`));
  });
}
