import { describe, expect, it } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import type { Losses } from "../../../src/models/cyclegan/options.js";
import { imageChange } from "../../../src/models/parts/image-change.js";
import { createWatch, type CycleGANWatch } from "../../../src/models/cyclegan/watch.js";
import { stretchOf } from "../../../src/models/parts/watching.js";
import { Random } from "../../../src/random.js";

const healthy: Losses = { D_A: 0.2, G_A: 0.4, cycle_A: 1, idt_A: 0.3, D_B: 0.2, G_B: 0.4, cycle_B: 1, idt_B: 0.3 };
const totalSteps = 20_000;
const stretch = stretchOf(totalSteps);

function watch(ganMode: "lsgan" | "vanilla" = "lsgan"): CycleGANWatch {
  return createWatch({ totalSteps, ganMode, dWarmup: 0 });
}

/** Every 100th step, the losses that `at` gives; what is said, each with its step. */
function logged(at: (step: number) => Partial<Losses>, watching = watch()): (readonly [number, string])[] {
  return Array.from({ length: totalSteps / 100 }, (_, i) => 100 * (i + 1)).flatMap((step) =>
    watching.losses(step, { ...healthy, ...at(step) }).map((message) => [step, message] as const),
  );
}

const falling = (step: number): number => 2 / (1 + step / 1000);
const noise = (seed: number): ImageBatch => {
  const random = new Random(seed);
  return { shape: [1, 8, 8, 3], data: Float32Array.from({ length: 192 }, () => random.uniform() - 0.5) };
};
const mapped = ({ shape, data }: ImageBatch, change: (value: number, i: number) => number): ImageBatch => {
  return { shape, data: data.map(change) };
};

describe("imageChange", () => {
  const image = noise(1);

  it.each([
    ["the same", (value: number) => value, 1, 0],
    ["inverted", (value: number) => -value, -1, 2],
    ["inverted, darker and of less contrast", (value: number) => -value / 2 - 0.3, -1, undefined],
    ["scaled", (value: number) => 1.5 * value, 1, 0.5],
  ])("of an image that is %s", (_, change, correlation, relative) => {
    const got = imageChange(image, mapped(image, change));
    expect(got?.correlation).toBeCloseTo(correlation, 5);
    // Of values around 0, up to their mean, which is within 0.05 of it.
    if (relative !== undefined) expect(got?.relative).toBeCloseTo(relative, 1);
  });

  it("of unrelated images is far from both", () => {
    const got = imageChange(image, noise(2));
    expect(Math.abs(got?.correlation ?? 1)).toBeLessThan(0.4);
    expect(got?.relative).toBeGreaterThan(1);
  });

  it("sees hues exchanged as a change that keeps the luminance", () => {
    // 0.299 · 0.587 one way and the other.
    const other = mapped(image, (value, i) => value + [0.587, -0.299, 0][i % 3]! * (Math.floor(i / 3) % 2 === 0 ? 1 : -1));
    const got = imageChange(image, other);
    expect(got?.correlation).toBeCloseTo(1, 4);
    expect(got?.relative).toBeGreaterThan(0.5);
  });

  it("compares colour with gray by luminance", () => {
    const gray = { shape: [1, 8, 8, 1], data: Float32Array.from({ length: 64 }, (_, i) => {
      const [r = 0, g = 0, b = 0] = image.data.subarray(3 * i, 3 * i + 3);
      return 0.299 * r + 0.587 * g + 0.114 * b;
    }) } as const;
    expect(imageChange(image, gray)).toMatchObject({ correlation: expect.closeTo(1, 5), relative: expect.closeTo(0, 5) });
  });

  it("compares only what is inside of a mask", () => {
    const mask = Float32Array.from({ length: 64 }, (_, at) => (at % 8 < 3 ? 1 : 0));
    const half = mapped(image, (value, i) => (Math.floor(i / 3) % 8 < 3 ? -value : value));
    expect(imageChange({ ...image, mask }, half)?.correlation).toBeCloseTo(-1, 5);
    expect(imageChange(image, half)?.correlation).toBeGreaterThan(-0.5);
    expect(imageChange({ ...image, mask: new Float32Array(64) }, half)).toBeUndefined();
  });

  it("says nothing of flat images, and averages over the others of a batch", () => {
    const flat = mapped(image, () => 0.7);
    expect(imageChange(flat, image)).toBeUndefined();
    expect(imageChange(image, flat)).toBeUndefined();
    const both = (a: ImageBatch, b: ImageBatch): ImageBatch => ({ shape: [2, 8, 8, 3], data: Float32Array.of(...a.data, ...b.data) });
    expect(imageChange(both(flat, image), both(image, mapped(image, (value) => -value)))?.correlation).toBeCloseTo(-1, 5);
  });
});

describe("createWatch", () => {
  it("says nothing of a training that goes well, nor of one that just started", () => {
    expect(logged((step) => ({ cycle_A: falling(step), cycle_B: falling(step) }))).toEqual([]);
    expect(logged((step) => (step < stretch / 2 ? { D_A: 0 } : { cycle_A: falling(step) }))).toEqual([]);
  });

  it("warns of a discriminator whose loss is near 0 for a stretch, again only much later", () => {
    const said = logged((step) => ({ cycle_A: falling(step), D_B: step > 3000 ? 0.004 : 0.2 }));
    expect(said.map(([step]) => step)).toEqual([5000, 5000 + 10 * stretch]);
    expect(said[0]?.[1]).toMatch(/^D_B recognises every generated image.* 0\.0040, .*--ndf 32.*--lr/);
  });

  it("warns at once of losses that explode", () => {
    expect(watch().losses(1, { ...healthy, D_A: 8e31 })).toEqual([expect.stringMatching(/^An adversarial loss is 8\.0e\+31.*--lr.*start again.*--init-g-a/)]);
    expect(watch("vanilla").losses(1, { ...healthy, G_B: 100 })).toEqual([]);
  });

  it("takes binary cross entropy on its own scale", () => {
    const at = (step: number): Partial<Losses> => ({ cycle_A: falling(step), D_A: 0.015 });
    expect(logged(at)).toEqual([]);
    expect(logged(at, watch("vanilla"))[0]?.[1]).toMatch(/^D_A recognises/);
  });

  it("is not misled by single steps near 0 or by few logged steps", () => {
    expect(logged((step) => ({ cycle_A: falling(step), D_A: step % 300 === 0 ? 0.1 : 0.001 }))).toEqual([]);
    const few = watch();
    for (let step = 400; step <= totalSteps; step += 400) expect(few.losses(step, { ...healthy, D_A: 0 })).toEqual([]);
  });

  it("warns when the cycle losses stop falling, and tells where they were best", () => {
    const said = logged((step) => ({ cycle_A: falling(Math.min(step, 6000)), cycle_B: 0.5 }));
    expect(said.map(([, message]) => message)).toEqual([
      expect.stringMatching(/^The cycle loss has not improved for \d+ steps; the best was at step \d+\. Compare the samples/),
    ]);
    expect(logged(() => ({ cycle_A: 0, cycle_B: 0 }))).toEqual([]);
  });

  it("goes by the held-out metric where there is one", () => {
    const watching = watch();
    expect(watching.metric(1000, 0.5)).toEqual([]);
    expect(watching.metric(2000, 0.3)).toEqual([]);
    for (const step of [3000, 4000, 5000]) expect(watching.metric(step, 0.299)).toEqual([]);
    expect(watching.metric(6000, 0.31)).toEqual([expect.stringMatching(/^The held-out metric has not improved for 4000 steps; the best was at step 2000/)]);
    expect(watching.metric(7000, 0.31)).toEqual([]);
    expect(logged(() => ({}), watching)).toEqual([]);
  });

  it("warns of inverted colours and of copies after three samples that agree", () => {
    const watching = watch();
    const [real_A, real_B] = [noise(1), noise(2)];
    const bad = { real_A, fake_B: mapped(real_A, (value) => -0.8 * value), real_B, fake_A: mapped(real_B, (value) => 1.02 * value) };
    const good = { real_A, fake_B: real_B, real_B, fake_A: real_A };
    expect([1, 2].map((step) => watching.images(step, bad))).toEqual([[], []]);
    expect(watching.images(3, good)).toEqual([]);
    expect([4, 5].map((step) => watching.images(step, bad))).toEqual([[], []]);
    expect(watching.images(6, bad)).toEqual([
      expect.stringMatching(/^G_A inverts brightness.*--lambda-identity 1.*--init-gain/),
      expect.stringMatching(/^G_B hardly changes its input.*--lambda-identity/),
    ]);
    expect(watching.images(7, bad)).toEqual([]);
  });

  it("judges nothing while the discriminators learn alone, and then by stretches that begin with the generators' first step", () => {
    const dWarmup = 5500;
    const warming = (): CycleGANWatch => createWatch({ totalSteps, ganMode: "lsgan", dWarmup });
    const still: Partial<Losses> = { D_A: 0.004, D_B: 0.004, G_A: 0, G_B: 0, cycle_A: 0, cycle_B: 0, idt_A: 0, idt_B: 0 };
    const after = (step: number): Partial<Losses> => ({ cycle_A: falling(step), cycle_B: falling(step) });
    expect(logged((step) => (step <= dWarmup ? still : after(step)), warming())).toEqual([]);
    const said = logged((step) => (step <= dWarmup ? still : { ...after(step), D_A: 0.004 }), warming());
    expect(said[0]).toEqual([dWarmup + stretch, expect.stringMatching(/^D_A recognises/)]);
    const watching = warming();
    const image = noise(1);
    for (const step of [1000, 2000, 3000, 4000, 5500]) {
      expect(watching.metric(step, 0.3)).toEqual([]);
      expect(watching.images(step, { real_A: image, fake_B: image })).toEqual([]);
    }
    expect(watching.losses(1, { ...healthy, D_A: 8e31 })).toHaveLength(1);
  });

  it("passes over steps that are made again", () => {
    const watching = watch();
    for (let step = 100; step <= stretch; step += 100) watching.losses(step, { ...healthy, D_A: 0 });
    for (let step = 100; step <= stretch; step += 100) expect(watching.losses(step, { ...healthy, D_A: 1 })).toEqual([]);
  });
});
