import { constants } from "node:os";
import { isatty } from "node:tty";
import { env } from "../env.js";

/** What asks a command to end: Ctrl-C, a scheduler, a terminal that was closed or whose connection was lost. */
const requests = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** One Ctrl-C can arrive twice, from the terminal or `timeout` and through the parent process: milliseconds. */
const sameInterrupt = 500;

/**
 * Whether a terminal shows what this process prints, or types into it. Where none does, as under `nohup`, a terminal that is
 * closed is no request to end: Node forgets that `nohup` had its SIGHUP ignored, so that is told by the streams.
 */
function hasTerminal(): boolean {
  return env.terminal !== undefined || [0, 1, 2].some((descriptor) => isatty(descriptor));
}

/** What became of work that may be interrupted. */
export interface Interruptible<T> {
  readonly result: T;
  /** Of a command that was ended by this signal, as shells have it; 0 if none came. */
  readonly exitCode: number;
}

/**
 * Runs `work` with a signal that Ctrl-C, SIGTERM or, if there is a terminal, SIGHUP aborts; a later second one ends the
 * process at once, unless it is SIGHUP, which the shell and the system both send.
 *
 * `onInterrupt` is called on the first, to say what happens now.
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  onInterrupt: () => void,
  onTerminal = hasTerminal(),
): Promise<Interruptible<T>> {
  const controller = new AbortController();
  let first: number | undefined;
  let exitCode = 0;
  const listener = (request: (typeof requests)[number]): void => {
    if (request === "SIGHUP" && !onTerminal) return;
    if (first !== undefined) {
      if (request !== "SIGHUP" && performance.now() - first > sameInterrupt) process.exit(128 + constants.signals[request]);
      return;
    }
    first = performance.now();
    exitCode = 128 + constants.signals[request];
    controller.abort();
    onInterrupt();
  };
  for (const request of requests) process.on(request, listener);
  try {
    const result = await work(controller.signal);
    return { result, exitCode };
  } finally {
    for (const request of requests) process.off(request, listener);
  }
}
