import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { expect, test } from "vitest";
import { PresetStep } from "../../src/studio/components/preset-step.js";
import type { MeasuredCost } from "../../src/studio/worker/trainer-protocol.js";
import { sessionWith } from "./fake-trainer.js";

/** The status line after the estimate. */
async function statusOf(cost: MeasuredCost): Promise<string | undefined> {
  const session = sessionWith({ measure: async () => cost });
  await session.draw();
  await session.measure();
  return /<p role="status">(.*)<\/p>/.exec(renderToString(h(PresetStep, { session, state: session.state })))?.[1];
}

test("the estimate is the measured time of a step, times the steps of the preset", async () => {
  const cost = { bytes: 1.5e9, secondsPerStep: 0.25, steps: 2000, full: true };
  expect(await statusOf(cost)).toBe("About 8 min 20 s on this GPU: 2000 steps of 0.250 s (measured), with 1.50 GB of GPU memory.");
  expect(await statusOf({ ...cost, secondsPerStep: 40, full: false })).toContain("About 22 h 13 min on this GPU: 2000 steps of 40.0 s (computed from smaller pictures)");
});
