/** Exit code of a command ended by Ctrl-C, as shells have it. */
export const interruptedExitCode = 130;

/**
 * Runs `work` with a signal that Ctrl-C (or SIGTERM) aborts; a second one ends the process at once.
 *
 * `onInterrupt` is called on the first, to say what happens now.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>, onInterrupt: () => void): Promise<T> {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) process.exit(interruptedExitCode);
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
