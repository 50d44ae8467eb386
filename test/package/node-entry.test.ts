import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  evaluate,
  exportWeights,
  generatorFromWeights,
  inspectWeights,
  loadGenerator,
  loadWeights,
  readWeightBytes,
  resumedConfig,
  saveWeights,
  train,
  translate,
  writeWeightBytes,
  type Generator,
} from "../../src/node.js";
import { makeImages } from "../cli/make-images.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();
const folder = mkdtempSync(join(tmpdir(), "cyclegan-library-"));
const inFolder = (...parts: readonly string[]): string => join(folder, ...parts);
afterAll(() => rmSync(folder, { recursive: true }));

let run = "";
beforeAll(async () => {
  for (const name of ["trainA", "trainB", "testA", "testB"]) makeImages(inFolder("data", name), 2, 40, 36);
  const settings = { dataroot: inFolder("data"), runsDir: folder, name: "run", loadSize: 36, cropSize: 32, numThreads: 0 };
  ({ run } = await train({ ...settings, ngf: 4, ndf: 4, nBlocks: 1, maxSteps: 1 }));
});

async function weightsOf(generator: Generator): Promise<ReadonlyMap<string, Uint8Array>> {
  return new Map([...(await exportWeights(generator))].map(([name, { bytes }]) => [name, bytes]));
}

test("goes on with a run, in which settings that are left out stay as they were", async () => {
  const { steps, losses } = await train(resumedConfig(run, { maxSteps: 2 }), { resume: true });
  expect(steps).toBe(2);
  expect(losses.G_A).toBeGreaterThan(0);
});

test.each(["a.safetensors", "a.pth"])("weights of a generator travel through %s, bit for bit", async (name) => {
  const path = inFolder(name);
  const generator = await loadGenerator(gpu(), { model: run, direction: "BtoA" });
  await saveWeights(path, generator);
  const again = await loadGenerator(gpu(), { model: path, direction: "AtoB" });
  expect(again.options).toMatchObject({ ngf: 4, nBlocks: 1, norm: "instance", inputNc: 3, outputNc: 3 });
  expect(await weightsOf(again)).toEqual(await weightsOf(generator));
  expect((await inspectWeights(path)).networks.map(({ network }) => network.kind)).toEqual(["generator"]);
  await loadWeights(join(run, "checkpoints", "latest_net_G_A.safetensors"), again);
  expect(await weightsOf(again)).not.toEqual(await weightsOf(generator));
});

test.each(["x.safetensors", "x.pth"])("and through the bytes of %s, as a browser has them", async (name) => {
  const generator = await loadGenerator(gpu(), { model: run, direction: "AtoB" });
  const bytes = await writeWeightBytes(await exportWeights(generator), name);
  const { tensors } = await readWeightBytes(bytes, name);
  expect(await weightsOf(generatorFromWeights(gpu(), tensors, name))).toEqual(await weightsOf(generator));
  const incomplete = new Map([...tensors].slice(1));
  expect(() => generatorFromWeights(gpu(), incomplete, name)).toThrow(/^x\.\w+: expected the weights of a generator/);
});

test("a name of no format is refused before anything is written", async () => {
  const generator = await loadGenerator(gpu(), { model: run, direction: "AtoB" });
  await expect(saveWeights(inFolder("a.h5"), generator)).rejects.toThrow(/a\.h5: expected a name that ends in \.safetensors/);
});

test("translates and measures", async () => {
  const done = await translate({ model: run, direction: "AtoB", input: inFolder("data", "testA"), output: inFolder("out") });
  expect(done).toMatchObject({ written: 2, skipped: 0, interrupted: false });
  const { images, AtoB, BtoA } = await evaluate({ model: run });
  expect(images).toEqual({ A: 2, B: 2 });
  for (const figures of [AtoB, BtoA]) expect(figures?.swd.mean).toBeGreaterThan(0);
});
