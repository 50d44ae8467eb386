import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { formatBytes } from "../../format.js";
import type { StoredRun } from "../disk/origin-runs.js";
import { PickButton } from "./drop-zone.js";
import type { TrainSession, TrainState } from "../train/session.js";

/** How much the browser keeps for this site, in words. */
function useStorageWords(runs: readonly StoredRun[]): string {
  const [words, setWords] = useState("");
  useEffect(() => {
    const describe = async (): Promise<void> => {
      const [{ usage = 0, quota = 0 }, isPersistent] = await Promise.all([navigator.storage.estimate(), navigator.storage.persisted()]);
      const care = isPersistent ? "" : " The browser may remove them when space is short: save what you need.";
      setWords(`The browser keeps ${formatBytes(usage)} for this page, of ${formatBytes(quota)} that it allows.${care}`);
    };
    void describe();
  }, [runs]);
  return words;
}

/** The runs that the browser keeps. */
export function RunList({ session, state: { runs, busy } }: { readonly session: TrainSession; readonly state: TrainState }): JSX.Element {
  const storage = useStorageWords(runs);
  const remove = (name: string): void => {
    if (confirm(`Remove ${name}, with its weights and pictures?`)) void session.remove(name);
  };
  return (
    <section aria-labelledby="runs-heading">
      <h2 id="runs-heading" class="apart">
        Runs in this browser
      </h2>
      <p class="muted">{runs.length === 0 ? "None yet." : storage}</p>
      <div class="buttons">
        <PickButton accept=".zip" onFiles={(files) => void session.add(files)}>
          Add a run (zip)
        </PickButton>
        <PickButton folder onFiles={(files) => void session.add(files)}>
          Add a run's folder
        </PickButton>
      </div>
      <p>
        <small>A folder must hold the run and its pictures, as the folder does in which "cyclegan train" was started.</small>
      </p>
      <ul class="run-list">
        {runs.map(({ name, title, step, totalSteps, isStopped, changed, bytes }) => (
          <li class="card" key={name}>
            <strong>{name}</strong>
            <small>
              {title} · {isStopped ? "stopped at " : ""}step {step}
              {totalSteps > 0 ? ` of ${totalSteps}` : ""} · {formatBytes(bytes)} · {new Date(changed).toLocaleString()}
            </small>
            <div class="buttons">
              <button type="button" disabled={busy !== undefined} aria-label={`Open ${name}`} onClick={() => void session.show(name)}>
                Open
              </button>
              <button type="button" disabled={busy !== undefined} aria-label={`Remove ${name}`} onClick={() => remove(name)}>
                Remove
              </button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
