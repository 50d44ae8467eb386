/** Ends a command in good order on Ctrl-C, SIGTERM or the loss of its terminal. */
import { constants } from "node:os";
import { isatty } from "node:tty";
import { env } from "../../env.js";

/** Requests to end: Ctrl-C, a scheduler's signal, a terminal that was closed or whose connection was lost. */
const requests = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** One Ctrl-C may arrive twice within this many milliseconds: from the terminal or `timeout`, and from the parent process. */
const sameInterrupt = 500;

/**
 * Whether a stream of this process is a terminal. If none is, as under `nohup`, closing the terminal is no request to end.
 * The streams have to tell, because Node undoes the ignored SIGHUP that `nohup` passes on.
 */
function hasTerminal(): boolean {
  return env.terminal !== undefined || [0, 1, 2].some((descriptor) => isatty(descriptor));
}

/** The outcome of work that may be interrupted. */
export interface Interruptible<T> {
  readonly result: T;
  /** 128 + the number of the signal, as in shells; 0 if none came. */
  readonly exitCode: number;
}

/**
 * Runs `work` with an abort signal that is set by Ctrl-C, SIGTERM or, if there is a terminal, SIGHUP. A later Ctrl-C ends the
 * process at once. The others do not: a scheduler repeats SIGTERM at the time limit, and both the shell and the system send SIGHUP.
 *
 * `onInterrupt` is called on the first request, to tell the user what happens now.
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
      if (request === "SIGINT" && performance.now() - first > sameInterrupt) process.exit(128 + constants.signals[request]);
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
