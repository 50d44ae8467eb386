import { expect, test, vi } from "vitest";
import { peerCard } from "../../src/studio/bench/peer-card.js";
import { PeerSession } from "../../src/studio/bench/peer-session.js";
import type { OpenPeers } from "../../src/studio/worker/open-peers.js";
import type { PeerEvent, PeerResult } from "../../src/studio/worker/peers-protocol.js";

const result = (name: string): PeerResult => ({ name, engines: [{ engine: "This library", isOurs: true, milliseconds: 1 }] });

test("nothing is loaded before a comparison, and its worker ends with it", async () => {
  const close = vi.fn<() => void>();
  const open = vi.fn<() => OpenPeers>(() => ({
    compare: async (isSmall, onEvent) => onEvent({ kind: "result", result: result(String(isSmall)) }),
    close,
  }));
  const session = new PeerSession(open);
  expect(open).not.toHaveBeenCalled();
  await session.compare(true);
  expect(session.state).toEqual({ comparison: "done", share: 0, results: [result("true")] });
  expect(close).toHaveBeenCalledOnce();
});

test("what is found before a stop stays, what comes after it is dropped, and a new comparison begins anew", async () => {
  const tells: ((event: PeerEvent) => void)[] = [];
  const session = new PeerSession(() => ({
    compare: (_, onEvent) => {
      tells.push(onEvent);
      return new Promise(() => {});
    },
    close: () => {},
  }));
  void session.compare(false);
  tells[0]!({ kind: "progress", text: "checking" });
  tells[0]!({ kind: "share", share: 0.5 });
  tells[0]!({ kind: "result", result: result("one") });
  expect(session.state).toEqual({ comparison: "running", doing: "checking", share: 0.5, results: [result("one")] });
  session.stop();
  tells[0]!({ kind: "result", result: result("late") });
  expect(session.state).toEqual({ comparison: "stopped", share: 0.5, results: [result("one")] });
  void session.compare(false);
  expect(session.state).toEqual({ comparison: "running", share: 0, results: [] });
});

test("a worker that fails says why", async () => {
  const session = new PeerSession(() => ({ compare: () => Promise.reject(new Error("no adapter")), close: () => {} }));
  await session.compare(false);
  expect(session.state).toEqual({ comparison: "failed", problem: "no adapter", share: 0, results: [] });
});

test("a card has the times beside each other, and for a wrong result the reason", () => {
  const engines = [
    { engine: "This library", isOurs: true, milliseconds: 4, dispatches: 2, firstMilliseconds: 50, error: 0 },
    { engine: "TensorFlow.js 4", isOurs: false, milliseconds: 2, dispatches: 3, firstMilliseconds: 4000, error: 0 },
    { engine: "jax-js 0", isOurs: false, milliseconds: 8, error: 4.4e-7 },
    { engine: "other", isOurs: false, error: 0.2, failure: "result is off by 2.0e-1, allowed 0.0001" },
  ];
  expect(peerCard({ name: "conv", engines }).rows.map(({ isOwn, figures, ofBest, note }) => [isOwn, figures, ofBest, note])).toEqual([
    [true, "4.00 ms", 0.5, "2.00 times as long as the fastest, 2 dispatches, the first run took 0.0500 s"],
    [false, "2.00 ms", 1, "3 dispatches, the first run took 4.00 s, the same to the bit"],
    [false, "8.00 ms", 0.25, "4.00 times as long as the fastest, differs by 4e-7"],
    [false, "no time", 0, "result is off by 2.0e-1, allowed 0.0001"],
  ]);
});
