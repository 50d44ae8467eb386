import type { JSX } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { peerCard } from "../bench/peer-card.js";
import type { PeerSession, PeerState } from "../bench/peer-session.js";
import { BenchCard } from "./bench-card.js";

/** How far the comparison is, as a sentence. */
function standing({ comparison, doing, problem }: PeerState): string {
  switch (comparison) {
    case "none":
      return "";
    case "running":
      return `${doing ?? "Starting"}.`;
    case "stopped":
      return "Stopped. What was compared is shown below.";
    case "failed":
      return problem ?? "";
    case "done":
      return "Compared.";
  }
}

/** The session's newest state. */
export function usePeers(session: PeerSession): PeerState {
  const [state, setState] = useState(session.state);
  useLayoutEffect(() => session.subscribe(() => setState(session.state)), [session]);
  return state;
}

/** Other engines on this GPU, if the build has them. `isPossible`: whether the GPU is open and not being measured. */
export function PeerSection({ session, state, peers, isPossible, isSmall }: {
  readonly session: PeerSession;
  readonly state: PeerState;
  readonly peers: readonly string[];
  readonly isPossible: boolean;
  readonly isSmall: boolean;
}): JSX.Element {
  const { comparison, share, results } = state;
  const isRunning = comparison === "running";
  const act = (): void => {
    if (isRunning) session.stop();
    else if (isPossible) void session.compare(isSmall);
  };
  return (
    <section aria-labelledby="peers-heading">
      <h2 class="group" id="peers-heading">
        Other engines
      </h2>
      {peers.length === 0 ? (
        <p class="muted">
          This build of the studio has no other engines to compare with. In a checkout, "npm --prefix bench/peers ci" and then "npm run site" make one
          with TensorFlow.js and jax-js.
        </p>
      ) : (
        <>
          <p class="muted">
            The same work in this library, {peers.join(" and ")}, on this GPU. The outputs are compared first, with those of this library, and the engines
            are then timed in turns. Most of the time goes into compiling, which may take minutes.
          </p>
          <div class="buttons">
            <button type="button" aria-disabled={!isRunning && !isPossible} onClick={act}>
              {isRunning ? "Stop the comparison" : comparison === "none" ? "Compare the engines" : "Compare again"}
            </button>
          </div>
          <p role={comparison === "failed" ? "alert" : "status"} class={comparison === "failed" ? "problem" : "muted"}>
            {standing(state)}
          </p>
          {isRunning && <progress aria-label="The comparison" value={share} />}
          <div class="benchmarks">
            {results.map((result) => (
              <BenchCard key={result.name} card={peerCard(result)} />
            ))}
          </div>
        </>
      )}
    </section>
  );
}
