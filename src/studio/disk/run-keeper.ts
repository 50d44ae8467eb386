/** Keeps a run while it is trained, so that a worker may end at any moment. */
import type { FileTree } from "./file-tree.js";
import type { RunNote } from "./kept-index.js";
import type { RunStore } from "./run-store.js";

/** The shortest time between the end of one keeping and the start of the next, in milliseconds. */
const PAUSE = 2000;

export interface RunKeeper {
  /** Keeps the tree as it is now. Rejects if the browser refuses. */
  flush(): Promise<void>;
  /** Keeps nothing more by itself. */
  stop(): void;
}

/**
 * Keeps the tree two seconds after it has changed, and every two seconds as long as it does. A refusal of the browser, such as a full
 * disk, is reported, and tried again with the next change.
 */
export function startKeeper(tree: FileTree, store: RunStore, note: () => RunNote, onProblem: (error: unknown) => void): RunKeeper {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let newest: Promise<void> = Promise.resolve();
  const keep = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const turn = newest.catch(() => {}).then(() => store.keep(note()));
    newest = turn;
    return turn;
  };
  const keepLater = (): void => {
    timer ??= setTimeout(() => void keep().catch(onProblem), PAUSE);
  };
  tree.onChange = keepLater;
  return {
    flush: keep,
    stop() {
      tree.onChange = () => {};
      clearTimeout(timer);
    },
  };
}
