/** Keeps a command running if nobody reads its output any more. */
import { fileErrorCode } from "../../io/files.js";
import { fail } from "./fail.js";

/** Error codes of a pipe whose reader has ended, and of a closed terminal. */
const gone = ["EPIPE", "EIO"];

/**
 * Lets a command continue as usual if its output is closed: `cyclegan train --help | head`, or a training whose terminal
 * was closed. Output that cannot be written for any other reason, such as a full disk, is an error.
 */
export function tolerateClosedOutput(): void {
  // There is nobody left to tell.
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error) => {
    // `translate --output -` listens as well, and its error says more.
    if (gone.includes(fileErrorCode(error) ?? "") || process.stdout.listenerCount("error") > 1) return;
    process.exitCode = fail(new Error(`standard output: cannot be written (${error.message}).`));
  });
}
