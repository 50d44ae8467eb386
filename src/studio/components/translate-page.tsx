import type { JSX } from "preact";
import { useCallback, useEffect, useLayoutEffect, useState } from "preact/hooks";
import { shippedGenerators, type ShippedGenerator } from "../files/shipped-generators.js";
import type { TranslateSession } from "../translate/session.js";
import { Camera } from "./camera.js";
import { useDroppedFiles } from "./drop-zone.js";
import { GeneratorCard } from "./generator-card.js";
import { GpuFailed, NoWebGpu } from "./gpu-problem.js";
import { Header } from "./header.js";
import { PictureStep } from "./picture-step.js";
import { Results } from "./results.js";
import { TranslateSettings } from "./translate-settings.js";

/** The page that translates pictures with a trained generator. */
export function TranslatePage({ session }: { readonly session: TranslateSession }): JSX.Element {
  const [state, setState] = useState(session.state);
  const [shipped, setShipped] = useState<readonly ShippedGenerator[]>([]);
  const [hasCamera, setHasCamera] = useState(false);
  const isOver = useDroppedFiles(useCallback((files) => void session.add(files), [session]));
  useLayoutEffect(() => session.subscribe(() => setState(session.state)), [session]);
  useEffect(() => void shippedGenerators().then(setShipped), []);
  return (
    <>
      <Header current="Translate" />
      <main>
        <div class="intro">
          <h1>Turn pictures into other pictures</h1>
          <p class="muted">Choose a trained generator, add pictures, and compare. Everything is computed on your GPU: pictures and weights never leave this browser.</p>
        </div>
        {!("gpu" in navigator) && <NoWebGpu />}
        {"gpu" in navigator && state.gpu === "failed" && <GpuFailed message={state.gpuProblem ?? ""} onReopen={() => void session.reopen()} />}
        <div class="steps">
          <GeneratorCard session={session} state={state} shipped={shipped} />
          <PictureStep
            about="Drop pictures or whole folders anywhere on this page, paste a picture, or choose here."
            buttons={
              <button type="button" onClick={() => setHasCamera(true)}>
                Use the camera
              </button>
            }
            onFiles={(files) => void session.add(files)}
          >
            <TranslateSettings session={session} state={state} />
          </PictureStep>
        </div>
        {hasCamera && <Camera session={session} state={state} onClose={() => setHasCamera(false)} />}
        <Results session={session} state={state} />
      </main>
      {isOver && <div class="over">Drop pictures, folders or weights</div>}
    </>
  );
}
