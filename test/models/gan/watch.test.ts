/** What is said about the losses, samples and figures of a plain GAN. */
import { expect, it } from "vitest";
import type { Visuals } from "../../../src/models/model.js";
import type { GanMode } from "../../../src/models/parts/gan-loss.js";
import { createWatch, type GanWatch } from "../../../src/models/gan/watch.js";
import { stretchOf } from "../../../src/models/parts/watching.js";
import { Random } from "../../../src/random.js";

const totalSteps = 20_000;
const stretch = stretchOf(totalSteps);
const healthy = { G_GAN: 1, D_real: 0.5, D_fake: 0.5 };
const watch = (ganMode: GanMode = "vanilla"): GanWatch => createWatch({ totalSteps, ganMode });

/** Every 100th step; the steps at which something is said, with what is said. */
function said(at: (step: number) => readonly string[]): (readonly [number, string])[] {
  return Array.from({ length: totalSteps / 100 }, (_, i) => 100 * (i + 1)).flatMap((step) => at(step).map((message) => [step, message] as const));
}

it("says nothing about losses that stay in balance, and names one that explodes", () => {
  const watching = watch();
  expect(said((step) => watching.losses(step, healthy))).toEqual([]);
  expect(watch().losses(5, { ...healthy, G_GAN: 5000 })).toEqual([expect.stringMatching(/^An adversarial loss is 5\.0e\+3 .*--init-g, --init-d/)]);
});

it.each([["vanilla", 0.015, true], ["vanilla", 0.025, false], ["hinge", 0.015, true], ["lsgan", 0.015, false], ["wgangp", -5, false]] as const)(
  "%s: a mean loss of %d of the discriminator is a warning: %s",
  (ganMode, loss, warns) => {
    const watching = watch(ganMode);
    const messages = said((step) => watching.losses(step, { G_GAN: 1, D_real: 2 * loss, D_fake: 0 }));
    expect(messages.length > 0).toBe(warns);
    // The stretch has to end first, and the warning is not repeated for ten more.
    if (warns) expect(messages.map(([step]) => step)).toEqual([stretch, 11 * stretch]);
    if (warns) expect(messages[0]?.[1]).toMatch(/^The discriminator recognises every sample: .*--diffaugment/);
  },
);

function samples(deviation: number): Visuals {
  const random = new Random(1);
  // One image, with a little noise on each of its copies.
  const base = random.normals(48);
  const data = Float32Array.from({ length: 8 * 48 }, (_, i) => (base[i % 48] ?? 0) + deviation * random.normal());
  return { sample_0: { shape: [4, 4, 4, 3], data: data.slice(0, 192) }, sample_1: { shape: [4, 4, 4, 3], data: data.slice(192) } };
}

it("says that samples are alike only when three in a row are, after the first stretch", () => {
  const watching = watch();
  const [alike, varied] = [samples(0.01), samples(0.1)];
  for (let step = 100; step < stretch; step += 100) expect(watching.images(step, alike)).toEqual([]);
  expect(watching.images(stretch, alike)).toEqual([]);
  expect(watching.images(stretch + 100, varied)).toEqual([]);
  for (const step of [1, 2]) expect(watching.images(2 * stretch + step, alike)).toEqual([]);
  expect(watching.images(2 * stretch + 3, alike)).toEqual([expect.stringMatching(/^All samples are alike: .*mode collapse/)]);
  expect(watching.images(2 * stretch + 4, alike)).toEqual([]);
});

it("says when the held-out distance no longer improves", () => {
  const watching = watch();
  const messages = said((step) => (step % 500 === 0 ? watching.metric(step, step <= 2000 ? 300 - step / 10 : 100) : []));
  expect(messages[0]?.[1]).toMatch(/^The held-out distance has not improved for \d+ steps; the best was at step 2000\./);
});
