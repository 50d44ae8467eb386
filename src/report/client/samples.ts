import { sampleName } from "../../run/sample-name.js";
import { createCompare } from "./compare.js";
import { byId } from "./element.js";
import { recall, remember } from "./remembered.js";
import type { RunState } from "./state.js";

/** The slider through the samples. At its right end it follows the newest one. */
export interface Samples {
  update(state: RunState): void;
}

/** The address of a step's sample grid. `replaced`: how many times samples of the same name may have become other images. */
export type SampleAddress = (step: number, replaced: number) => string | Promise<string>;

/** That of a page in the run's folder, or served with it. */
export const besidePage: SampleAddress = (step, replaced) => `samples/${sampleName(step)}${replaced > 0 ? `?${replaced}` : ""}`;

export function createSamples(addressOf: SampleAddress): Samples {
  const slider = byId("sample-slider", HTMLInputElement);
  const image = byId("sample-image", HTMLImageElement);
  const link = byId("sample-link", HTMLAnchorElement);
  createCompare(image);
  let steps: readonly number[] = [];
  let replaced = 0;
  // The step whose sample is shown; undefined for the newest.
  let chosen = recall().sample;

  const chosenStep = (): number | undefined => steps[Number(slider.value)];
  const showImage = async (step: number): Promise<void> => {
    const address = await addressOf(step, replaced);
    // Another step may have been chosen meanwhile.
    if (step !== chosenStep()) return;
    if (image.getAttribute("src") !== address) image.src = address;
    link.href = address;
  };
  const show = (): void => {
    const step = chosenStep();
    if (step === undefined) return;
    showImage(step).catch(reportError);
    byId("sample-step", HTMLElement).textContent = `step ${step}`;
    byId("sample-newest", HTMLElement).hidden = chosen === undefined;
  };
  const choose = (index: number): void => {
    chosen = index >= steps.length - 1 ? undefined : steps[index];
    slider.value = String(index);
    remember({ sample: chosen });
    show();
  };
  slider.addEventListener("input", () => choose(Number(slider.value)));
  byId("sample-newest", HTMLElement).addEventListener("click", () => choose(steps.length - 1));

  return {
    update(state) {
      ({ samples: steps, replaced } = state);
      byId("samples", HTMLElement).hidden = steps.length === 0;
      slider.max = String(steps.length - 1);
      const index = chosen === undefined ? -1 : steps.indexOf(chosen);
      if (index < 0) chosen = undefined;
      slider.value = String(index < 0 ? steps.length - 1 : index);
      show();
    },
  };
}
