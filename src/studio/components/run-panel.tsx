import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { formatDuration } from "../../format.js";
import { handOver } from "../files/handed-over.js";
import { save } from "../files/save.js";
import { showLiveRun } from "../train/live-run.js";
import type { ShownRun, TrainSession, TrainState } from "../train/session.js";
import { weightFormats, type SavedGenerator, type WeightFormat } from "../worker/trainer-protocol.js";

function standing({ phase, progress, message }: ShownRun): string {
  const step = progress ? `step ${progress.step} of ${progress.totalSteps}` : "";
  if (phase === "paused" || phase === "stopped") {
    const name = phase === "paused" ? "Paused" : "Stopped";
    return progress ? `${name} at ${step}.` : `${name}.`;
  }
  if (phase === "ended") return "Trained to its end.";
  if (phase === "failed") return "The training has stopped.";
  if (phase === "saving") return "Saving…";
  if (!progress) return message ?? "Preparing…";
  const left = progress.secondsLeft === undefined ? "" : `, about ${formatDuration(progress.secondsLeft)} left`;
  return `Training: ${step}${left}.`;
}

const directionNames = { AtoB: "A to B", BtoA: "B to A" } as const;

/** What can be done with a generator. `onTranslate` is absent while it is trained. */
function GeneratorExports({ generator, onSave, onTranslate }: {
  readonly generator: SavedGenerator;
  readonly onSave: (network: string, format: WeightFormat) => Promise<void>;
  readonly onTranslate: ((generator: SavedGenerator) => Promise<void>) | undefined;
}): JSX.Element {
  const { network, direction } = generator;
  const name = directionNames[direction];
  return (
    <p class="choice">
      <span>Generator {name}:</span>
      {weightFormats.map((format) => (
        <button type="button" key={format} aria-label={`Save generator ${name} as .${format}`} onClick={() => void onSave(network, format)}>
          .{format}
        </button>
      ))}
      <button type="button" disabled={!onTranslate} aria-label={`Translate with it: generator ${name}`} onClick={() => void onTranslate?.(generator)}>
        Translate with it
      </button>
    </p>
  );
}

/** Files to take away from a run. */
function Exports({ session, name, generators, isTraining }: {
  readonly session: TrainSession;
  readonly name: string;
  readonly generators: readonly SavedGenerator[];
  readonly isTraining: boolean;
}): JSX.Element {
  const saveWeights = async (network: string, format: WeightFormat): Promise<void> => {
    const file = await session.weights(network, format);
    if (file) save(file, `${name}_${network}.${format}`);
  };
  const translateWith = async ({ network, size }: SavedGenerator): Promise<void> => {
    const file = await session.weights(network, "safetensors");
    if (file) await handOver(file, `${name}_${network}.safetensors`, size);
  };
  const saveRun = async (): Promise<void> => {
    const file = await session.archive();
    if (file) save(file, `${name}.zip`);
  };
  return (
    <section aria-labelledby="exports-heading">
      <h2 id="exports-heading">Take away</h2>
      {generators.map((generator) => (
        <GeneratorExports key={generator.network} generator={generator} onSave={saveWeights} onTranslate={isTraining ? undefined : translateWith} />
      ))}
      <p class="choice">
        <button type="button" disabled={isTraining} onClick={() => void saveRun()}>
          Save the whole run (zip)
        </button>
        <small>{isTraining ? "Pause or stop the training first." : `Unpacked, "cyclegan train --resume runs/${name}" continues it.`}</small>
      </p>
    </section>
  );
}

/**
 * Two buttons whose texts change with the phase. They stay the same elements and are never disabled, because the keyboard would lose its
 * focus.
 */
function RunButtons({ session, phase, isBusy }: { readonly session: TrainSession; readonly phase: ShownRun["phase"]; readonly isBusy: boolean }): JSX.Element {
  const { isTraining } = session;
  return (
    <>
      {phase !== "ended" && (
        <button
          type="button"
          class={phase === "stopped" ? "" : "primary"}
          aria-disabled={isBusy || phase === "saving"}
          onClick={() => void (isTraining ? session.pause() : session.resume())}
        >
          {isTraining ? "Pause" : "Go on"}
        </button>
      )}
      <button type="button" aria-disabled={phase === "saving"} onClick={() => void (isTraining ? session.stop() : session.leave())}>
        {isTraining ? "Stop" : "All runs"}
      </button>
    </>
  );
}

/** The open run: its progress, its samples and curves, and what can be done with it. */
export function RunPanel({ session, state, run }: { readonly session: TrainSession; readonly state: TrainState; readonly run: ShownRun }): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const [generators, setGenerators] = useState<readonly SavedGenerator[]>([]);
  const { name, phase } = run;
  useLayoutEffect(() => {
    if (!holder.current) return undefined;
    return showLiveRun(holder.current, {
      name,
      view: (cursors) => session.view(cursors),
      sample: (step) => session.sample(step),
      isTraining: () => session.isTraining,
      onView: (view) => setGenerators((before) => (before.length === view.generators.length ? before : view.generators)),
    });
  }, [session, name]);
  const { isTraining } = session;
  return (
    <article aria-labelledby="run-heading">
      <div class="bar">
        <h1 id="run-heading">{name}</h1>
        <p role="status">{standing(run)}</p>
        <RunButtons session={session} phase={phase} isBusy={state.busy !== undefined} />
      </div>
      {run.problem !== undefined && (
        <div class="card notice" role="alert">
          <p>{run.problem}</p>
          {phase === "failed" && <p>"Go on" opens the GPU again and continues from the newest checkpoint.</p>}
        </div>
      )}
      <div ref={holder} />
      {generators.length > 0 && <Exports session={session} name={name} generators={generators} isTraining={isTraining} />}
    </article>
  );
}
