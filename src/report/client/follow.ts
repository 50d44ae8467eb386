import type { PageData } from "../page-data.js";

/** Milliseconds between two requests. The pause grows with each failure. */
const interval = 2000;
const longest = 30_000;

export interface FollowHooks {
  /** The cursors of the present data, as a query. */
  readonly query: () => string;
  /** Receives an answer. Returns false to stop. */
  readonly onData: (data: PageData) => boolean;
  /** Called when the server stops answering, and when it answers again. */
  readonly onConnection: (answers: boolean) => void;
}

async function ask(query: string): Promise<PageData> {
  const response = await fetch(`data?${query}`, { cache: "no-store", signal: AbortSignal.timeout(longest) });
  if (!response.ok) throw new TypeError(`the server answered ${response.status}`);
  const data: PageData = await response.json();
  return data;
}

/**
 * Requests new data while the page is visible.
 *
 * Separate requests, unlike a stream, survive a phone that sleeps and a training that is restarted.
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
      // The server has answered, so this is an error of the page: show it in the console.
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
