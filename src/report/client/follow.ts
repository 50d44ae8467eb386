import type { PageData } from "../page-data.js";

/** Milliseconds between two questions; after a failure it waits longer each time. */
const interval = 2000;
const longest = 30_000;

export interface FollowHooks {
  /** The cursors of what is known, as a query. */
  readonly query: () => string;
  /** Takes the answer in; false ends the following. */
  readonly onData: (data: PageData) => boolean;
  /** The server did not answer, or answers again. */
  readonly onConnection: (answers: boolean) => void;
}

async function ask(query: string): Promise<PageData> {
  const response = await fetch(`data?${query}`, { cache: "no-store", signal: AbortSignal.timeout(longest) });
  if (!response.ok) throw new TypeError(`the server answered ${response.status}`);
  const data: PageData = await response.json();
  return data;
}

/**
 * Asks for what is new while the page is looked at.
 *
 * Questions rather than a stream: they survive a phone that sleeps and a training that is restarted.
 */
export function follow({ query, onData, onConnection }: FollowHooks): void {
  let wait = interval;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  const next = (): void => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(() => void turn(), wait);
  };
  const takeIn = (data: PageData): boolean => {
    try {
      return onData(data);
    } catch (error) {
      // For the console: the server has answered.
      reportError(error);
      return true;
    }
  };
  const turn = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    const data = await ask(query()).catch(() => undefined);
    asking = false;
    wait = data ? interval : Math.min(longest, wait * 2);
    onConnection(data !== undefined);
    if (!data || takeIn(data)) next();
    else document.removeEventListener("visibilitychange", onVisible);
  };
  const onVisible = (): void => {
    if (document.hidden) clearTimeout(timer);
    else void turn();
  };
  document.addEventListener("visibilitychange", onVisible);
  next();
}
