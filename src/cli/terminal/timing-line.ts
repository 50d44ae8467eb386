/** Says what `cyclegan bench` is timing. */
import { createLogUpdate } from "log-update";
import type { Saying } from "../../bench/hooks.js";

/** Work that takes fewer milliseconds needs no line. */
const PATIENCE = 1000;

/** In a terminal the line disappears once the work is done; in a file it stays. Writes to the error output. */
export function createTimingLine(): Saying {
  const live = process.stderr.isTTY ? createLogUpdate(process.stderr, { showCursor: true }) : undefined;
  return async (what, work) => {
    const timer = setTimeout(() => {
      if (live) live(`timing ${what}`);
      else process.stderr.write(`timing ${what}\n`);
    }, PATIENCE);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      live?.clear();
    }
  };
}
