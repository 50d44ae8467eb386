import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { follow } from "../../src/report/client/follow.js";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { hidden: false, addEventListener: () => {}, removeEventListener: () => {} });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("an exception of what shows the data is reported as itself, not as a server without an answer, and asking goes on", async () => {
  const problem = new Error("the plot");
  const fetched = vi.fn(() => Promise.resolve(Response.json({})));
  const [reported, onConnection] = [vi.fn(), vi.fn()];
  vi.stubGlobal("fetch", fetched);
  vi.stubGlobal("reportError", reported);
  const onData = (): boolean => {
    throw problem;
  };
  follow({ query: () => "", onData, onConnection });
  await vi.advanceTimersByTimeAsync(4500);
  expect(fetched).toHaveBeenCalledTimes(2);
  expect(reported.mock.calls).toEqual([[problem], [problem]]);
  expect(onConnection.mock.calls).toEqual([[true], [true]]);
});

test("a server that does not answer is asked less often, until it answers again", async () => {
  const fetched = vi.fn(() => Promise.reject(new TypeError("refused")));
  const onConnection = vi.fn();
  vi.stubGlobal("fetch", fetched);
  follow({ query: () => "", onData: () => true, onConnection });
  await vi.advanceTimersByTimeAsync(6500);
  expect(onConnection.mock.calls).toEqual([[false], [false]]);
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({})));
  await vi.advanceTimersByTimeAsync(8000);
  expect(onConnection.mock.lastCall).toEqual([true]);
});
