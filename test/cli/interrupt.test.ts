import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { interruptible } from "../../src/cli/terminal/interrupt.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("one Ctrl-C that arrives twice is one; a later second one ends the process", async () => {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  const interrupted = vi.fn();
  const { exitCode } = await interruptible(async (signal) => {
    process.emit("SIGINT", "SIGINT");
    process.emit("SIGINT", "SIGINT");
    expect(signal.aborted).toBe(true);
    expect(interrupted).toHaveBeenCalledOnce();
    expect(exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(600);
    process.emit("SIGINT", "SIGINT");
    expect(exit).toHaveBeenCalledWith(130);
  }, interrupted);
  expect(exitCode).toBe(130);
  expect(process.listenerCount("SIGINT")).toBe(0);
});

test.each([["SIGHUP", 129], ["SIGINT", 130], ["SIGTERM", 143]] as const)("%s aborts, for the exit code %i", async (name, exitCode) => {
  const work = async (signal: AbortSignal): Promise<boolean> => {
    process.emit(name, name);
    return signal.aborted;
  };
  expect(await interruptible(work, () => {}, true)).toEqual({ result: true, exitCode });
  expect(process.listenerCount(name)).toBe(0);
});

// A terminal that goes says so more than once. A scheduler repeats SIGTERM at the time limit, and sends SIGKILL to end a process.
test.each(["SIGHUP", "SIGTERM"] as const)("%s never ends the process at once", async (name) => {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  await interruptible(async () => {
    process.emit(name, name);
    vi.advanceTimersByTime(600);
    process.emit(name, name);
  }, () => {}, true);
  expect(exit).not.toHaveBeenCalled();
});

test("without a signal the exit code is 0", async () => {
  expect(await interruptible(async () => "done", () => {})).toEqual({ result: "done", exitCode: 0 });
});

test("a terminal that goes is none of a process's that has none", async () => {
  const interrupted = vi.fn();
  const work = async (signal: AbortSignal): Promise<boolean> => {
    process.emit("SIGHUP", "SIGHUP");
    return signal.aborted;
  };
  expect(await interruptible(work, interrupted, false)).toEqual({ result: false, exitCode: 0 });
  expect(interrupted).not.toHaveBeenCalled();
});
