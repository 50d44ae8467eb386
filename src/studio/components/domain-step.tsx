import type { JSX } from "preact";
import type { TrainSession, TrainState } from "../train/session.js";
import { PickButton } from "./drop-zone.js";
import { SkippedFiles } from "./skipped-files.js";

function countOf(pictures: number): string {
  if (pictures === 0) return "no pictures yet";
  return pictures === 1 ? "1 picture" : `${pictures} pictures`;
}

/** The first step: the pictures of both domains. */
export function DomainStep({ session, state }: { readonly session: TrainSession; readonly state: TrainState }): JSX.Element {
  const { domains, skipped } = state;
  return (
    <section class="card step" aria-labelledby="domains-heading">
      <h2 id="domains-heading">
        <span class="number">1</span> Two kinds of pictures
      </h2>
      <p>Drop two folders anywhere on this page, or choose them. The pictures need not belong together in pairs: photographs and paintings, for example.</p>
      {(["A", "B"] as const).map((domain) => (
        <div class="domain" key={domain}>
          <p>
            <strong>{domain}</strong>: {countOf(domains[domain].length)}
          </p>
          <PickButton folder onFiles={(files) => session.give(domain, files)}>
            Choose folder {domain}
          </PickButton>
        </div>
      ))}
      <SkippedFiles skipped={skipped} />
      <p class="more">
        <button type="button" disabled={state.busy !== undefined} onClick={() => void session.draw()}>
          Draw landscapes in summer and winter
        </button>
        <small> No pictures at hand? The page draws 120 of each.</small>
      </p>
    </section>
  );
}
