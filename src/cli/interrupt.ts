/** Exit code of a command ended by Ctrl-C, as shells have it. */
export const interruptedExitCode = 130;

/** One Ctrl-C can arrive twice, from the terminal or `timeout` and through the parent process: milliseconds. */
const sameInterrupt = 500;

/**
 * Runs `work` with a signal that Ctrl-C (or SIGTERM) aborts; a later second one ends the process at once.
 *
 * `onInterrupt` is called on the first, to say what happens now.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>, onInterrupt: () => void): Promise<T> {
  const controller = new AbortController();
  let first: number | undefined;
  const listener = (): void => {
    if (first !== undefined) {
      if (performance.now() - first > sameInterrupt) process.exit(interruptedExitCode);
      return;
    }
    first = performance.now();
    controller.abort();
    onInterrupt();
  };
  process.on("SIGINT", listener).on("SIGTERM", listener);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", listener).off("SIGTERM", listener);
  }
}
