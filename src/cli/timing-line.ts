import { createLogUpdate } from "log-update";
import type { Saying } from "../bench/bench-kernels.js";

/** What is done sooner needs no line: milliseconds. */
const PATIENCE = 1000;

/** Says on the error output what is being timed: in a terminal until it is done, in a file as a line of its own. */
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
