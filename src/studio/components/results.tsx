import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatDuration } from "../../format.js";
import { save } from "../files/save.js";
import { countOf, resultNames } from "../translate/pictures.js";
import type { SessionState, TranslateSession } from "../translate/session.js";
import { PictureCard } from "./picture-card.js";
import { SkippedFiles } from "./skipped-files.js";

/** How far the work is, as a sentence. */
function standing({ pictures, generator, gpu, isStopped, secondsLeft }: SessionState): string {
  const [done, failed, open] = [countOf(pictures, "done"), countOf(pictures, "failed"), countOf(pictures, "waiting", "working")];
  const all = pictures.length === 1 ? "1 picture" : `${pictures.length} pictures`;
  const failures = failed > 0 ? `, ${failed} failed` : "";
  if (open === 0) return `${done} of ${all} translated${failures}.`;
  if (!generator) return `${all} ${pictures.length === 1 ? "waits" : "wait"} for a generator.`;
  if (gpu === "opening") return `${all} ${pictures.length === 1 ? "waits" : "wait"} for the GPU.`;
  if (isStopped) return `Stopped: ${done} of ${all} translated${failures}.`;
  const left = secondsLeft === undefined ? "" : `, about ${formatDuration(secondsLeft)} left`;
  return `${done} of ${all} translated${failures}${left}.`;
}

/** The pictures, and what can be done with all of them. */
export function Results({ session, state }: { readonly session: TranslateSession; readonly state: SessionState }): JSX.Element | null {
  const [isZipping, setZipping] = useState(false);
  const { pictures, skipped, generator, isStopped } = state;
  if (pictures.length === 0 && skipped.length === 0) return null;
  const done = pictures.filter(({ state: one }) => one === "done");
  const open = countOf(pictures, "waiting", "working");
  const names = resultNames(pictures);
  const zip = async (): Promise<void> => {
    setZipping(true);
    const { zipOf } = await import("../files/zip.js");
    save(await zipOf(done), "translated.zip");
    setZipping(false);
  };
  return (
    <section aria-labelledby="results-heading">
      <div class="bar">
        <h2 id="results-heading">Translations</h2>
        <p role="status">{standing(state)}</p>
        {open > 0 && generator && (
          <button type="button" onClick={() => void (isStopped ? session.resume() : session.stop())}>
            {isStopped ? "Go on" : "Stop"}
          </button>
        )}
        {done.length > 1 && (
          <button type="button" class="primary" disabled={isZipping} onClick={() => void zip()}>
            {isZipping ? "Packing…" : `Save all ${done.length} (zip)`}
          </button>
        )}
        <button type="button" onClick={() => void session.clear()}>
          Clear
        </button>
      </div>
      {generator && open > 0 && <progress aria-label="Pictures translated" max={pictures.length} value={pictures.length - open} />}
      <SkippedFiles skipped={skipped} />
      <ul class={pictures.length === 1 ? "pictures one" : "pictures"}>
        {pictures.map((picture) => (
          <PictureCard key={picture.id} picture={picture} resultName={names.get(picture.id) ?? ""} />
        ))}
      </ul>
    </section>
  );
}
