/** What is said about the losses, images and figures of CUT. */
import { expect, it } from "vitest";
import { createWatch, type CutWatch } from "../../../src/models/cut/watch.js";
import type { ImageBatch } from "../../../src/data/image.js";
import { stretchOf } from "../../../src/models/parts/watching.js";

const totalSteps = 20_000;
const stretch = stretchOf(totalSteps);
const healthy = { G_GAN: 0.5, D_real: 0.25, D_fake: 0.25, G: 4, NCE: 3.5, NCE_Y: 3 };
const watch = (): CutWatch => createWatch({ totalSteps, ganMode: "lsgan" });

/** Every 100th step; the steps at which something is said, with what is said. */
function said(at: (step: number) => readonly string[]): (readonly [number, string])[] {
  return Array.from({ length: totalSteps / 100 }, (_, i) => 100 * (i + 1)).flatMap((step) => at(step).map((message) => [step, message] as const));
}

it("says nothing about losses that stay in balance, and names one that explodes", () => {
  const watching = watch();
  expect(said((step) => watching.losses(step, healthy))).toEqual([]);
  expect(watch().losses(5, { ...healthy, G_GAN: 5000 })).toEqual([expect.stringMatching(/^An adversarial loss is 5\.0e\+3 .*--init-g, --init-d/)]);
});

it("names a discriminator that recognises everything, once the stretch has ended", () => {
  const watching = watch();
  const messages = said((step) => watching.losses(step, { ...healthy, D_real: 0.012, D_fake: 0.004 }));
  expect(messages.map(([step]) => step)).toEqual([stretch, 11 * stretch]);
  expect(messages[0]?.[1]).toMatch(/^The discriminator recognises every translation: its mean loss over 1000 steps is 0\.0080/);
  expect(said((step) => watch().losses(step, { ...healthy, D_real: 0.02, D_fake: 0.004 }))).toEqual([]);
});

it.each([
  [1, 0.02, /^The generator hardly changes its input .*--lambda-nce/],
  [-1, 0, /^The generator inverts brightness/],
  [1, 0.5, undefined],
])("translations of factor %d and shift %d", (factor, shift, expected) => {
  const real: ImageBatch = { shape: [1, 1, 4, 1], data: Float32Array.of(-0.4, 0.2, 0.4, -0.2) };
  const fake: ImageBatch = { ...real, data: real.data.map((value) => factor * value + shift) };
  const watching = watch();
  const messages = [100, 200, 300, 400].map((step) => watching.images(step, { real_A: real, fake_B: fake }));
  expect(messages).toEqual([[], [], expected ? [expect.stringMatching(expected)] : [], []]);
});

it("says when the held-out distance no longer improves", () => {
  const watching = watch();
  const messages = said((step) => (step % 500 === 0 ? watching.metric(step, step <= 2000 ? 300 - step / 10 : 100) : []));
  expect(messages[0]?.[1]).toMatch(/^The held-out distance has not improved for \d+ steps; the best was at step 2000\./);
});
