import { appendEvent, type RunEvent } from "./events.js";
import type { OpenRun } from "./open.js";

/** A run that may not have a folder yet. */
export interface RunAccess {
  /** The run, made now if it was not before. */
  readonly open: () => OpenRun;
  /** The run, if it was made. */
  readonly opened: () => OpenRun | undefined;
  /** Shows an event, and writes it as soon as there is a folder. */
  readonly report: (event: RunEvent) => void;
}

export function accessRun(existing: OpenRun | undefined, create: () => OpenRun, onMessage: (text: string) => void): RunAccess {
  let run = existing;
  const waiting: RunEvent[] = [];
  const write = ({ folder }: OpenRun): void => {
    for (const event of waiting.splice(0)) appendEvent(folder.events, event);
  };
  return {
    open() {
      run ??= create();
      write(run);
      return run;
    },
    opened: () => run,
    report(event) {
      onMessage(event.message);
      waiting.push(event);
      if (run) write(run);
    },
  };
}
