/** A worker that only pretends to compare engines: the first piece of work at once, the second never. */
import { expose } from "comlink";
import type { PeerResult, Peers } from "../../src/studio/worker/peers-protocol.js";

const result: PeerResult = {
  name: "conv forward",
  engines: [
    { engine: "This library", isOurs: true, milliseconds: 2, dispatches: 1, firstMilliseconds: 40, error: 0 },
    { engine: "TensorFlow.js 4", isOurs: false, milliseconds: 8, dispatches: 3, firstMilliseconds: 4000, error: 4e-7 },
    { engine: "jax-js 0", isOurs: false, error: 0.2, failure: "result is off by 2.0e-1, allowed 0.0001" },
  ],
};

const peers: Peers = {
  async compare(isSmall, onEvent) {
    onEvent({ kind: "progress", text: `conv forward: checking jax-js, ${isSmall ? "small" : "usual"}` });
    onEvent({ kind: "result", result });
    onEvent({ kind: "share", share: 0.5 });
    await new Promise(() => {});
  },
};

expose(peers);
