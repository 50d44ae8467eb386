/** The status line of a command that takes long. */
import { createLogUpdate } from "log-update";
import { printable, printableLines } from "./printable.js";

/** In a terminal the line is rewritten; in a file, a new line is printed now and then. */
export interface StatusLine {
  /** Shows a new state. It may be called any number of times a second. */
  show(text: () => string): void;
  /** Prints a message above the line. */
  message(text: string): void;
  /** Leaves the last state on the screen and restores the cursor. */
  done(): void;
}

const terminalMilliseconds = 100;
const plainMilliseconds = 10_000;

/** `stream`: standard error, so that results on standard output can be piped. */
export function createStatusLine(stream: NodeJS.WriteStream = process.stderr): StatusLine {
  const live = stream.isTTY ? createLogUpdate(stream) : undefined;
  const interval = live ? terminalMilliseconds : plainMilliseconds;
  let latest: (() => string) | undefined;
  let shownAt = Number.NEGATIVE_INFINITY;
  const draw = (): void => {
    if (!latest) return;
    const lines = latest().split("\n");
    if (live) live(printableLines(lines));
    else stream.write(`${printable(lines.join("  "))}\n`);
    shownAt = performance.now();
  };
  return {
    show(text) {
      latest = text;
      if (performance.now() - shownAt < interval) return;
      draw();
      if (!live) latest = undefined;
    },
    message(text) {
      live?.clear();
      stream.write(`${printable(text)}\n`);
      if (live) draw();
    },
    done() {
      draw();
      live?.done();
      latest = undefined;
    },
  };
}
