/** Waits for images that cannot be reached at the moment. */
import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { UnreachableError } from "../errors.js";
import { fileErrorCode } from "../io/files.js";

/** Errors of a disk or a server that may pass. */
const PASSING: ReadonlySet<string> = new Set(
  ["EIO", "ESTALE", "EMFILE", "ENFILE", "EAGAIN", "EBUSY", "EINTR", "ETIMEDOUT"]
    .concat(["EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ENOTCONN", "ECONNRESET", "ENODEV", "ENXIO", "EREMOTEIO"]),
);

/** Whether an error of the file system may pass without a change to the file. */
export function isPassing(error: unknown): boolean {
  return PASSING.has(fileErrorCode(error) ?? "");
}

/**
 * Whether an error of reading an image may pass. An image that is gone may come back if its whole folder is gone, or is empty, as
 * the place of a disk is while the disk is away.
 */
export function mayPass(path: string, error: unknown): boolean {
  return isPassing(error) || (fileErrorCode(error) === "ENOENT" && isAway(dirname(path)));
}

function isAway(folder: string): boolean {
  try {
    return !existsSync(folder) || readdirSync(folder).length === 0;
  } catch (error) {
    return isPassing(error);
  }
}

/** Does work that needs images, and does it again as long as they cannot be reached. */
export type Patience = <T>(work: () => Promise<T>) => Promise<T>;

export interface PatienceOptions {
  /** The longest time to wait, in seconds; default 120. */
  readonly seconds?: number;
  /** Receives a line when a wait begins. */
  readonly onMessage?: ((text: string) => void) | undefined;
  /** Ends a wait. */
  readonly signal?: AbortSignal | undefined;
  /** What to do if the images stay away, for the error: "Look at the disk, then resume." */
  readonly advice?: string;
}

/** Seconds between two attempts. */
const RETRY = 0.5;

/**
 * Work that ends with an UnreachableError is done again every half second. Once it has failed for `seconds`, or `signal` is
 * aborted, the error is thrown. One message stands for all work that fails within that time.
 */
export function createPatience(options: PatienceOptions): Patience {
  const { seconds = 120, onMessage, signal, advice = "Look at the disk, then start again." } = options;
  let saidAt = Number.NEGATIVE_INFINITY;
  return async (work) => {
    for (let waited = 0; ; waited += RETRY) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
        if (waited >= seconds || signal?.aborted) {
          throw new UnreachableError(`${error.message} Waited ${waited} s. ${advice}`, { cause: error });
        }
        if (performance.now() - saidAt > 1000 * seconds) {
          onMessage?.(`${error.message} Waiting for it, up to ${seconds} s.`);
          saidAt = performance.now();
        }
        await new Promise((resolve) => setTimeout(resolve, 1000 * RETRY));
      }
    }
  };
}
