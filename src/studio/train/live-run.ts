/** Shows a run as its own page does, and follows it: the same sections, and the same scripts that fill them. */
import { chartSection, eventSection, figureSection, sampleSection, standingSection } from "../../report/live-sections.js";
import { createCharts, type Charts } from "../../report/client/charts.js";
import { rememberFor } from "../../report/client/remembered.js";
import { createSamples, type SampleAddress, type Samples } from "../../report/client/samples.js";
import { applyData, emptyState } from "../../report/client/state.js";
import { showEvents, showStatus } from "../../report/client/status.js";
import type { Cursors } from "../../report/run-reader.js";
import type { Presentation } from "../../report/presentation.js";
import type { RunView } from "../worker/trainer-protocol.js";

/** Milliseconds between two looks at the run. */
const INTERVAL = 1000;

export interface LiveRun {
  readonly name: string;
  readonly view: (cursors: Cursors) => Promise<RunView | undefined>;
  readonly sample: (step: number) => Promise<Blob>;
  readonly isTraining: () => boolean;
  /** Receives every view. */
  readonly onView: (view: RunView) => void;
}

/** The address of a sample. It is made once as long as the same one is shown. */
function createSampleAddress(sample: LiveRun["sample"]): SampleAddress & { readonly close: () => void } {
  let shown: { readonly key: string; readonly address: Promise<string> } | undefined;
  const release = (): void => void shown?.address.then((address) => URL.revokeObjectURL(address), () => {});
  const addressOf = (step: number, replaced: number): Promise<string> => {
    const key = `${step} ${replaced}`;
    if (shown?.key === key) return shown.address;
    release();
    shown = { key, address: sample(step).then((image) => URL.createObjectURL(image)) };
    return shown.address;
  };
  return Object.assign(addressOf, { close: release });
}

/** Fills an element with a run as soon as it has a first step, and goes on until the returned function is called. */
export function showLiveRun(parent: HTMLElement, { name, view, sample, isTraining, onView }: LiveRun): () => void {
  const state = emptyState();
  const addressOf = createSampleAddress(sample);
  let parts: { readonly samples: Samples; readonly charts: Charts } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;
  rememberFor(name);

  const fill = ({ rows, charts }: Presentation): typeof parts => {
    parent.innerHTML = [standingSection, sampleSection(rows), figureSection, eventSection, chartSection].join("\n");
    return { samples: createSamples(addressOf), charts: createCharts(charts, ({ source }) => state[source]) };
  };
  const look = async (): Promise<void> => {
    const found = document.hidden && parts ? undefined : await view(Object.fromEntries(new URLSearchParams(state.query)));
    if (isClosed) return;
    if (found) {
      parts ??= fill(found.presentation);
      const changed = applyData(state, { ...found.data, ended: !isTraining() });
      showStatus(state, found.presentation, true);
      if (changed) {
        showEvents(state);
        parts?.samples.update(state);
        parts?.charts.update();
      }
      onView(found);
    }
    timer = setTimeout(run, INTERVAL);
  };
  // A worker that is being replaced does not answer; the next look finds the new one.
  const run = (): void => void look().catch(() => (timer = setTimeout(run, INTERVAL)));
  run();
  return () => {
    isClosed = true;
    clearTimeout(timer);
    parts?.charts.close();
    addressOf.close();
    parent.replaceChildren();
  };
}
