/** What the page Bench asks of the worker that compares engines. `scripts/build-peers.ts` adds it to a site, not to the package. */

/** The result of an engine in a piece of work. */
export interface PeerFigures {
  /** Its name and version. */
  readonly engine: string;
  readonly isOurs: boolean;
  /** The median time; absent if the result is wrong or the engine failed. */
  readonly milliseconds?: number;
  readonly dispatches?: number;
  /** The time of the first run, which compiles. */
  readonly firstMilliseconds?: number;
  /** The relative error of the worst result. */
  readonly error?: number;
  /** Why there is no time. */
  readonly failure?: string;
}

/** A piece of work in all engines. */
export interface PeerResult {
  readonly name: string;
  readonly engines: readonly PeerFigures[];
}

export type PeerEvent =
  | { readonly kind: "progress"; readonly text: string }
  /** The part of the comparison that is done. */
  | { readonly kind: "share"; readonly share: number }
  | { readonly kind: "result"; readonly result: PeerResult };

/** The worker, as the page sees it. */
export interface Peers {
  /** Compares the outputs of all engines, and then times them in turns. `isSmall`: only with work for slow devices. */
  compare(isSmall: boolean, onEvent: (event: PeerEvent) => void): Promise<void>;
}
