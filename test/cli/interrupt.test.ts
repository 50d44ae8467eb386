import { expect, test, vi } from "vitest";
import { interruptible } from "../../src/cli/interrupt.js";

test("one Ctrl-C that arrives twice is one; a later second one ends the process", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  const interrupted = vi.fn();
  await interruptible(async (signal) => {
    process.emit("SIGINT");
    process.emit("SIGINT");
    expect(signal.aborted).toBe(true);
    expect(interrupted).toHaveBeenCalledOnce();
    expect(exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(600);
    process.emit("SIGINT");
    expect(exit).toHaveBeenCalledWith(130);
  }, interrupted);
  expect(process.listenerCount("SIGINT")).toBe(0);
  vi.useRealTimers();
});
