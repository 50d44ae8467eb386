/** The step of the FCN, its state, and what it makes of images it is not trained on. */
import { expect, test } from "vitest";
import type { ImageBatch } from "../../../src/data/image.js";
import { batchToLabels, labelsToBatch } from "../../../src/data/label-batch.js";
import { stackImages } from "../../../src/data/stack.js";
import { batchToImages, imageToBatch } from "../../../src/data/transform.js";
import { NonFiniteError, ShapeError } from "../../../src/errors.js";
import { defaultFcnOptions, type FcnOptions } from "../../../src/models/fcn/options.js";
import { FcnTrainer } from "../../../src/models/fcn/trainer.js";
import { Random } from "../../../src/random.js";
import { useGpu } from "../../support/device.js";
import { makeScene } from "../../support/scenes.js";

const gpu = useGpu();
const small: FcnOptions = { ...defaultFcnOptions, classes: "ground,disc,square", encoder: "vgg8", ngf: 8, lr: 4e-3 };

function create(options: Partial<FcnOptions> = {}): FcnTrainer {
  return new FcnTrainer(gpu(), { ...small, ...options }, new Random(5));
}

interface Pair {
  readonly A: ImageBatch;
  readonly B: ImageBatch;
}

function batch(random: Random, n = 2): Pair {
  const scenes = Array.from({ length: n }, () => makeScene(random, 32));
  return { A: stackImages(scenes.map(({ photo }) => imageToBatch(photo))), B: stackImages(scenes.map(({ labels }) => labelsToBatch(labels))) };
}

async function train(trainer: FcnTrainer, steps: number, seed: number, n?: number): Promise<number> {
  const random = new Random(seed);
  for (let step = 0; step < steps; step++) await trainer.step(batch(random, n));
  return (await trainer.losses()).cross_entropy;
}

test("on scenes of shapes, mean IoU on scenes it has not seen rises above 0.6 in 80 steps", { timeout: 60_000 }, async () => {
  const trainer = create();
  const random = new Random(8);
  const held = Array.from({ length: 8 }, () => makeScene(random, 32));
  const evaluate = trainer.evaluation({ A: held.map(({ photo }) => photo), B: held.map(({ labels }) => labels) });
  const before = await evaluate();
  await trainer.step(batch(new Random(1)));
  // The first scores are 0: each of three classes has a probability of ⅓.
  expect((await trainer.losses()).cross_entropy).toBeCloseTo(Math.log(3), 5);
  await train(trainer, 80, 2, 4);
  const after = await evaluate();
  // All ground: an IoU of two thirds for one class of three.
  expect(before.meanIoU).toBeLessThan(0.3);
  expect(after.meanIoU).toBeGreaterThan(0.6);
  expect(after.pixelAccuracy).toBeGreaterThan(0.9);
  expect(after.frequencyWeightedIoU).toBeGreaterThan(0.8);
  trainer.dispose();
});

test.each<[string, Partial<FcnOptions>]>([["FCN-8s", {}], ["FCN-32s, vgg11, gray", { fcn: "32s", encoder: "vgg11", ngf: 4 }]])(
  "%s: four steps are those of two, a state, and two more in another trainer",
  async (_, options) => {
    const whole = create(options);
    await train(whole, 2, 1);
    const loss = await train(whole, 2, 2);
    expect(loss).toBeGreaterThan(0);
    const first = create(options);
    await train(first, 2, 1);
    const state = await first.state();
    first.dispose();
    const second = create(options);
    await train(second, 1, 9);
    second.restore(state);
    expect(await train(second, 2, 2)).toBe(loss);
    expect(await second.state()).toEqual(await whole.state());
    second.dispose();
    whole.dispose();
  },
);

test("half precision trains, and continues to the same bits", async ({ skip }) => {
  skip(!gpu().hasHalf, "needs shader-f16");
  const whole = create({ precision: "f16" });
  await train(whole, 2, 1);
  const state = await whole.state();
  const loss = await train(whole, 1, 2);
  expect(loss).toBeGreaterThan(0);
  const other = create({ precision: "f16" });
  other.restore(state);
  expect(await train(other, 1, 2)).toBe(loss);
  other.dispose();
  whole.dispose();
});

test("showing and measuring change nothing; predictions and labels have the colours of the classes", async () => {
  const trainer = create({ classes: "ground=#000000,disc=#ff0000,square=#00ff00" });
  await train(trainer, 3, 1);
  const before = await trainer.state();
  const { A, B } = batch(new Random(8), 1);
  const shown = await trainer.show({ A, B });
  expect(Object.keys(shown)).toEqual(["image", "prediction", "label"]);
  expect(shown["prediction"]?.shape).toEqual([1, 32, 32, 3]);
  const [label] = batchToLabels(B);
  const color = (pixel: number): number[] => [...(shown["label"]?.data.subarray(3 * pixel, 3 * pixel + 3) ?? [])];
  for (const [pixel, value] of (label?.data ?? []).entries()) expect(color(pixel)).toEqual([[-1, -1, -1], [1, -1, -1], [-1, 1, -1]][value]);
  const evaluate = trainer.evaluation({ A: batchToImages(A), B: batchToLabels(B) });
  expect(await evaluate()).toEqual(await evaluate());
  expect(await trainer.show({ A, B })).toEqual(shown);
  expect(await trainer.state()).toEqual(before);
  const visuals = await trainer.visuals();
  expect(visuals["label"]?.shape).toEqual([2, 32, 32, 3]);
  trainer.dispose();
});

test("pixels labelled 255 have no part in the loss, and a step without others changes nothing", async () => {
  const trainer = create();
  const { A, B } = batch(new Random(3), 1);
  const none = { shape: B.shape, data: new Float32Array(B.data.length).fill(255) };
  await trainer.step({ A, B: none });
  expect((await trainer.losses()).cross_entropy).toBe(0);
  trainer.dispose();
});

test("labels that are no class, and NaN, are errors", async () => {
  const trainer = create();
  const { A, B } = batch(new Random(3), 1);
  await expect(trainer.step({ A, B: { shape: B.shape, data: B.data.map(() => 3) } })).rejects.toThrow(ShapeError);
  await trainer.step({ A: { shape: A.shape, data: A.data.map(() => Number.NaN) }, B });
  await expect(trainer.losses()).rejects.toThrow(NonFiniteError);
  trainer.dispose();
});

test("test labels of another size than their image are refused before the training", () => {
  const trainer = create();
  const { photo, labels } = makeScene(new Random(1), 32);
  const small = makeScene(new Random(1), 16).labels;
  expect(() => trainer.evaluation({ A: [photo, photo], B: [labels, small] })).toThrow(/^test image 2: expected labels of 32×32 pixels, the size of the image, got 16×16/);
  trainer.dispose();
});
