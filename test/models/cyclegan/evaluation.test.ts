import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stateless, type Module } from "../../../src/nn/module.js";
import { scale } from "../../../src/ops/elementwise/scale.js";
import { trainConfig } from "../../../src/run/options.js";
import type { TrainConfig } from "../../../src/run/options.js";
import { evaluationOn } from "../../../src/models/cyclegan/evaluation.js";
import type { HeldOutImages, Metrics } from "../../../src/models/model.js";
import { evaluationOf } from "../../../src/training/images.js";
import { makeImages } from "../../cli/make-images.js";
import { useGpu } from "../../support/device.js";

const gpu = useGpu();
let folder = "";
let said: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-evaluator-"));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

type Generators = Readonly<Record<"G_A" | "G_B", Module>>;

/** Measures these generators on the images of `folder`. */
const measure = async (generators: Generators, given: Partial<TrainConfig> = {}): Promise<Metrics | undefined> => {
  const config = trainConfig({ dataroot: folder, loadSize: 32, cropSize: 32, ...given });
  const evaluation = (images: HeldOutImages<"A" | "B">) => {
    const evaluate = evaluationOn(gpu(), { norm: "instance" }, images);
    return () => evaluate(generators);
  };
  return (await evaluationOf({ evaluation }, config, (text) => said.push(text)))?.();
};
const [same, negative] = [stateless((x) => scale(x, 1)), stateless((x) => scale(x, -1))];

test("generators that change nothing between equal folders are at 0, negatives are not, and all images count", async () => {
  for (const domain of ["testA", "testB"]) makeImages(join(folder, domain), 3, 32, 32);
  expect(await measure({ G_A: same, G_B: same })).toEqual({ swd_A: 0, swd_B: 0, swd: 0, cycle_A: 0, cycle_B: 0 });
  const turned = await measure({ G_A: negative, G_B: same });
  expect(turned?.["swd_B"]).toBeGreaterThan(10);
  expect(turned).toMatchObject({ swd_A: 0, swd: (turned?.["swd_B"] ?? 0) / 2 });
  expect(turned?.["cycle_A"]).toBeGreaterThan(0.1);
  expect(await measure({ G_A: negative, G_B: same }, { evalImages: 1 })).not.toEqual(turned);
  expect(said).toEqual([]);
});

test("without test images, or without one that can be used, nothing is measured, and that is said", async () => {
  expect(await measure({ G_A: same, G_B: same })).toBeUndefined();
  expect(said.splice(0)).toEqual([expect.stringMatching(/^Nothing is measured on held-out images: .*testA: expected a folder/)]);
  makeImages(join(folder, "testA"), 1, 32, 32);
  makeImages(join(folder, "testB"), 1, 32, 32);
  writeFileSync(join(folder, "testB", "0.png"), "no image");
  expect(await measure({ G_A: same, G_B: same })).toBeUndefined();
  expect(said.splice(0)[1]).toMatch(/testB: expected at least one image to measure on, got 1/);
  expect(await measure({ G_A: same, G_B: same }, { evalFreq: 0 })).toBeUndefined();
  expect(said).toEqual([]);
});
