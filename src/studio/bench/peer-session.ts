/** The comparison of engines on the page Bench without its looks. */
import { messageOf } from "../message.js";
import { Session } from "../session.js";
import type { OpenPeers } from "../worker/open-peers.js";
import type { PeerEvent, PeerResult } from "../worker/peers-protocol.js";

export interface PeerState {
  readonly comparison: "none" | "running" | "stopped" | "failed" | "done";
  /** Why the comparison failed. */
  readonly problem?: string;
  /** What is being done. */
  readonly doing?: string;
  /** The part of the comparison that is done. */
  readonly share: number;
  readonly results: readonly PeerResult[];
}

export class PeerSession extends Session<PeerState> {
  readonly #open: () => OpenPeers;
  #peers: OpenPeers | undefined;

  constructor(open: () => OpenPeers) {
    super({ comparison: "none", share: 0, results: [] });
    this.#open = open;
  }

  /** Compares the engines, from the beginning. Their scripts are only loaded now. `isSmall`: only with work for slow devices. */
  async compare(isSmall: boolean): Promise<void> {
    const peers = this.#open();
    this.#peers = peers;
    this.replace({ comparison: "running", share: 0, results: [] });
    try {
      await peers.compare(isSmall, (event) => peers === this.#peers && this.#take(event));
      this.#end(peers, { comparison: "done" });
    } catch (error) {
      this.#end(peers, { comparison: "failed", problem: messageOf(error) });
    }
  }

  /** Ends the comparison at once. What it has found stays. */
  stop(): void {
    if (this.#peers) this.#end(this.#peers, { comparison: "stopped" });
  }

  #take(event: PeerEvent): void {
    if (event.kind === "progress") this.set({ doing: event.text });
    else if (event.kind === "share") this.set({ share: event.share });
    else this.set({ results: [...this.state.results, event.result] });
  }

  #end(peers: OpenPeers, changes: Partial<PeerState>): void {
    if (peers !== this.#peers) return;
    peers.close();
    this.#peers = undefined;
    const { doing: _, ...rest } = this.state;
    this.replace({ ...rest, ...changes });
  }
}
