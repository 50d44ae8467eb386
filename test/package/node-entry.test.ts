import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  batchToImages,
  createLoader,
  cropImage,
  decodeImage,
  decodeImageBytes,
  encodeImage,
  encodeImageBytes,
  evaluate,
  exportWeights,
  findImages,
  generatorFromWeights,
  imageToBatch,
  inspectWeights,
  loadGenerator,
  loadWeights,
  listImages,
  readWeightBytes,
  resizeBicubic,
  resumedConfig,
  saveWeights,
  stackImages,
  train,
  translate,
  unpaired,
  writeWeightBytes,
  type Generator,
  type LoadedBatch,
  type LoaderOptions,
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

test("images are read, cropped, resized, batched and written", async () => {
  const [path = ""] = listImages(inFolder("data", "testA"));
  const image = await decodeImage(path);
  expect([image.width, image.height, image.channels]).toEqual([40, 36, 3]);
  const small = resizeBicubic(cropImage(image, { left: 4, top: 0, width: 36, height: 36 }), 8, 8);
  const batch = stackImages([imageToBatch(small), imageToBatch(small)]);
  expect(batch.shape).toEqual([2, 8, 8, 3]);
  expect(batchToImages(batch)).toEqual([small, small]);
  await encodeImage(inFolder("written", "small.png"), small);
  expect(await decodeImage(inFolder("written", "small.png"))).toEqual(small);
  // Methods of a Buffer, such as slice, do other things than those of a Uint8Array.
  for (const format of ["png", "jpg", "webp"] as const) {
    const bytes = await encodeImageBytes(small, format);
    const { data } = await decodeImageBytes(bytes, "small");
    for (const array of [bytes, data]) expect(Object.getPrototypeOf(array)).toBe(Uint8Array.prototype);
  }
  // A part of a larger buffer, which stays as it is.
  const png = Uint8Array.of(1, ...(await encodeImageBytes(small, "png")), 2);
  const kept = Uint8Array.from(png);
  expect(await decodeImageBytes(png.subarray(1, -1), "small")).toEqual(small);
  expect(png).toEqual(kept);
  expect((await decodeImageBytes(await encodeImageBytes(small, "webp", { quality: 80 }), "small", 1)).data).toHaveLength(64);
});

test("images that cannot be are refused by name", async () => {
  const image = { width: 2, height: 2, channels: 3, data: new Uint8Array(11) } as const;
  const few = "expected 12 samples for 2×2 pixels of 3 channels, got 11.";
  await expect(encodeImageBytes(image, "png")).rejects.toThrow(`encodeImageBytes: ${few}`);
  expect(() => imageToBatch(image)).toThrow(`imageToBatch: ${few}`);
  expect(() => resizeBicubic(image, 1, 1)).toThrow(`resizeBicubic: ${few}`);
  const whole = { ...image, data: new Uint8Array(12) };
  await expect(encodeImageBytes(whole, "jpg", { quality: 0 })).rejects.toThrow(
    "encodeImageBytes: expected quality to be a whole number of at least 1 and below 101, got 0.",
  );
  await expect(encodeImage(inFolder("a.gif"), whole)).rejects.toThrow(/a\.gif: expected the extension png, jpg, jpeg, webp, tif, tiff or npy, got "\.gif"/);
  for (const [call, args, message] of [
    [encodeImageBytes, [whole, "gif"], 'encodeImageBytes: expected a format among png, jpg, webp, tiff, npy, got "gif".'],
    [decodeImageBytes, [Uint8Array.of(1), "upload", 17], "decodeImageBytes: expected 1 to 16 channels, got 17."],
    [decodeImage, ["a.png", 0], "decodeImage: expected 1 to 16 channels, got 0."],
  ] as const) {
    await expect(Reflect.apply(call, undefined, args)).rejects.toThrow(message);
  }
  await expect(decodeImageBytes(Uint8Array.of(1, 2, 3), "upload")).rejects.toThrow(/^upload: expected a readable image/);
});

test("a loader gives batches of a data set, with the defaults of a training", async () => {
  const files = findImages(unpaired, { dataroot: inFolder("data") }, "train");
  const first = async (options: Partial<LoaderOptions> = {}): Promise<LoadedBatch> => {
    const loader = createLoader({ files, ...options });
    try {
      return { ...(await loader.next()), waitSeconds: 0 };
    } finally {
      await loader.close();
    }
  };
  const { images, epoch, index } = await first();
  expect([images["A"]?.shape, images["B"]?.shape, epoch, index]).toEqual([[1, 256, 256, 3], [1, 256, 256, 3], 1, 0]);
  expect(await first()).toEqual(await first());
  expect((await first({ batchSize: 2, preprocess: "none", channels: { A: 1 } })).images["A"]?.shape).toEqual([2, 36, 40, 1]);
  const wrong: readonly (readonly [object, string])[] = [
    [{ batchSize: 0 }, "expected batchSize to be a whole number of at least 1, got 0."],
    [{ cropSize: 1.5 }, "expected cropSize to be a whole number of at least 1, got 1.5."],
    [{ workers: -1 }, "expected workers to be a whole number of at least 0, got -1."],
    [{ channels: { B: 17 } }, "expected 1 to 16 channels, got 17."],
    [{ direction: "AtoC" }, 'expected direction to be one of AtoB, BtoA, got "AtoC".'],
    [{ preprocess: "scale" }, 'expected preprocess to be one of resize_and_crop, crop, scale_width, scale_width_and_crop, none, got "scale".'],
    [{ files: { A: files["A"] ?? [], B: [] } }, "expected files of images for B, got 2 for A, 0 for B. findImages returns them."],
    [{ files: {} }, "expected files of images for A, got none. findImages returns them."],
  ];
  for (const [settings, message] of wrong) {
    // As a program without types may call it.
    expect(() => Reflect.apply(createLoader, undefined, [{ files, ...settings }])).toThrow(`createLoader: ${message}`);
  }
});
