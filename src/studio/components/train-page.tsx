import type { JSX } from "preact";
import { useCallback, useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { TrainSession } from "../train/session.js";
import { DomainStep } from "./domain-step.js";
import { useDroppedFiles } from "./drop-zone.js";
import { NoWebGpu } from "./gpu-problem.js";
import { Header } from "./header.js";
import { PresetStep } from "./preset-step.js";
import { RunList } from "./run-list.js";
import { RunPanel } from "./run-panel.js";

/** The page that trains. */
export function TrainPage({ session }: { readonly session: TrainSession }): JSX.Element {
  const [state, setState] = useState(session.state);
  const isOver = useDroppedFiles(useCallback((files) => void session.add(files), [session]));
  useLayoutEffect(() => session.subscribe(() => setState(session.state)), [session]);
  const name = state.run?.name;
  // A page that is loaded again shows the run that was open.
  useEffect(() => history.replaceState(undefined, "", name === undefined ? location.pathname : `#${encodeURIComponent(name)}`), [name]);
  return (
    <>
      <Header current="Train" />
      <main>
        {!("gpu" in navigator) && <NoWebGpu />}
        {state.problem !== undefined && (
          <p class="card notice problem" role="alert">
            {state.problem}
          </p>
        )}
        {state.run ? (
          <RunPanel session={session} state={state} run={state.run} />
        ) : (
          <>
            <div class="intro">
              <h1>Train on your own pictures</h1>
              <p class="muted">
                Give two kinds of pictures, and networks learn to turn each into the other. Everything is computed on your GPU and kept in this
                browser.
              </p>
            </div>
            <div class="steps">
              <DomainStep session={session} state={state} />
              <PresetStep session={session} state={state} />
            </div>
            <RunList session={session} state={state} />
          </>
        )}
      </main>
      {isOver && !state.run && <div class="over">Drop two folders of pictures, or a run</div>}
    </>
  );
}
