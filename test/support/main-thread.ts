/** How long a page does not respond, because its main thread is busy. */
import type { Page } from "playwright-core";

/** An event of Chromium's trace. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** The processor's time in microseconds. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/**
 * The processor's time of each task on the main thread of the only open page, in milliseconds, while something is done.
 *
 * A PerformanceObserver of `longtask` measures by the clock. So it also counts the time in which other processes have the processor, such
 * as a software adapter's. The trace has the time in which the thread itself ran.
 */
export async function mainThreadTasks(page: Page, run: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline"] });
  await run();
  const { traceEvents }: { traceEvents: TraceEvent[] } = JSON.parse((await browser.stopTracing()).toString());
  const threads = traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  if (threads.length !== 1) throw new Error(`expected the main thread of one page, got ${threads.length}`);
  const tasks = traceEvents.filter(({ name, pid, tid }) => name === "RunTask" && pid === threads[0]!.pid && tid === threads[0]!.tid);
  return tasks.map(({ tdur }) => {
    if (tdur === undefined) throw new Error("expected the processor's time of a task, got none: this system has no clock for threads");
    return tdur / 1000;
  });
}
