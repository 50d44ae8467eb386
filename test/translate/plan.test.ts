import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.js";
import { readWeights } from "../../src/io/read-weights.js";
import { writeSafetensors, type StoredTensor } from "../../src/io/safetensors.js";
import { trainConfig } from "../../src/run/options.js";
import { createRunFolder, readRunConfig } from "../../src/run/folder.js";
import { writeGeneratorFile } from "../support/generator-file.js";
import { ignoredTensors } from "../../src/translate/find-generator.js";
import { outputName } from "../../src/translate/output-name.js";
import { planTranslation } from "../../src/translate/plan.js";
import type { TranslateOptions } from "../../src/translate/plan.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-plan-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function makeRun(settings: Readonly<Record<string, unknown>> = {}, channels: readonly [number, number] = [3, 3]): string {
  const run = createRunFolder(trainConfig({ dataroot: "d", name: "run", runsDir: folder, ...settings }));
  const [inputNc, outputNc] = channels;
  writeGeneratorFile(join(run.checkpoints, "latest_net_G_A.safetensors"), { inputNc, outputNc });
  writeGeneratorFile(join(run.checkpoints, "latest_net_G_B.safetensors"), { inputNc: outputNc, outputNc: inputNc });
  return run.path;
}

function makeFiles(...names: readonly string[]): string {
  for (const name of names) {
    mkdirSync(join(folder, "in", name, ".."), { recursive: true });
    writeFileSync(join(folder, "in", name), "");
  }
  return join(folder, "in");
}

test("files of formats that are written keep their names, all else becomes PNG, and no two share a name", () => {
  const taken = new Set<string>();
  const names = ["a.png", "a.heic", "t.tif", "n.npy", "a.PNG", "b.bmp", "b.gif", "sub/c.JPG", "d.webp", "e.gif"];
  expect(names.map((name) => outputName(name, taken, 3))).toEqual([
    "a.png", "a.heic.png", "t.tif", "n.npy", "a.PNG.png", "b.png", "b.gif.png", "sub/c.JPG", "d.webp", "e.png",
  ]);
});

test("formats that cannot hold the channels of the network become TIFF", () => {
  const names = ["a.png", "b.jpg", "c.npy", "d.gif"];
  const named = (channels: number): string[] => {
    const taken = new Set<string>();
    return names.map((name) => outputName(name, taken, channels));
  };
  expect(named(4)).toEqual(["a.png", "b.tiff", "c.npy", "d.tiff"]);
  expect(named(5)).toEqual(["a.tiff", "b.tiff", "c.npy", "d.tiff"]);
});

test("relative names are kept", async () => {
  const input = makeFiles("cat.jpg", "deep/dog.bmp", "notes.txt");
  const output = join(folder, "out");
  expect((await planTranslation({ model: makeRun(), direction: "AtoB", input, output })).images).toEqual([
    { from: join(input, "cat.jpg"), to: join(output, "cat.jpg") },
    { from: join(input, "deep/dog.bmp"), to: join(output, "deep/dog.png") },
  ]);
});

test("an image of the input is never overwritten, not even through a link", async () => {
  const options: Omit<TranslateOptions, "output"> & { readonly input: string } = {
    model: makeRun(), direction: "AtoB", input: makeFiles("cat.jpg", "results/cat.jpg"),
  };
  const output = join(folder, "link");
  symlinkSync(join(options.input, "results"), output);
  await expect(planTranslation({ ...options, output })).rejects.toThrow(/link.cat.jpg would be overwritten/);
  rmSync(join(options.input, "results", "cat.jpg"));
  expect((await planTranslation({ ...options, output })).images).toHaveLength(1);
});

test("a file of a kind that is not written is refused, and a folder of such a name is a folder", async () => {
  const options = { model: makeRun(), direction: "AtoB", input: makeFiles("cat.jpg") } as const;
  for (const name of ["out.bmp", "out.gif", "out.avif"]) {
    const output = join(folder, name);
    const refused = expect(planTranslation({ ...options, output })).rejects;
    await refused.toThrow(UsageError);
    await refused.toThrow(`--output: expected a folder, or a file ending in png, jpg, webp, tiff, npy, got ${output}.`);
    mkdirSync(output);
    expect((await planTranslation({ ...options, output })).images).toMatchObject([{ to: join(output, "cat.jpg") }]);
  }
  expect((await planTranslation({ ...options, output: join(folder, "v1.2") })).folder).toBe(join(folder, "v1.2"));
});

test("A and B are the data set's folders, also for a run that was trained the other way round", async () => {
  const input = makeFiles("cat.jpg");
  const settings = { direction: "BtoA", inputNc: 1, outputNc: 3, lambdaIdentity: 0 };
  const options = { model: makeRun(settings, [1, 3]), input, output: join(folder, "out") };
  const there = await planTranslation({ ...options, direction: "AtoB" });
  const back = await planTranslation({ ...options, direction: "BtoA" });
  expect(there.weights).toMatch(/latest_net_G_B/);
  expect(there.generator).toMatchObject({ inputNc: 3, outputNc: 1 });
  expect(back.weights).toMatch(/latest_net_G_A/);
  expect(back.generator).toMatchObject({ inputNc: 1, outputNc: 3 });
});

describe("a file as --model", () => {
  test("tensors that belong to no network are named in a line", () => {
    const ignored = (...others: string[]): string | undefined => ignoredTensors({ weights: "x.pth", others });
    expect(ignored()).toBeUndefined();
    expect(ignored("__proto__")).toBe('x.pth: ignored a tensor of no network: "__proto__".');
    expect(ignored("a", "b", "c", "d", "e", "f")).toBe('x.pth: ignored tensors of no network: "a", "b", "c", "d" and 2 more.');
  });

  const file = (name: string): string => fileURLToPath(new URL(`../reference/weights/${name}.pth`, import.meta.url));
  const plan = (name: string, more: Partial<TranslateOptions> = {}): ReturnType<typeof planTranslation> =>
    planTranslation({ model: file(name), direction: "AtoB", input: makeFiles("cat.jpg"), output: join(folder, "out"), ...more });
  const sizes = { inputNc: 3, outputNc: 3, ngf: 2, nBlocks: 1, norm: "instance" };

  test.each(["zip", "legacy", "half", "dropout", "views"])("%s: the network is recognised", async (name) => {
    expect(await plan(name)).toMatchObject({ generator: sizes, weights: file(name), prefix: "" });
  });

  test("the one generator among several networks is found", async () => {
    expect(await plan("nested")).toMatchObject({ generator: sizes, prefix: "models.G_A.module." });
  });

  const write = (name: string, tensors: ReadonlyMap<string, StoredTensor>): string => {
    writeFileSync(join(folder, name), writeSafetensors(tensors));
    return join(folder, name);
  };

  test("of two generators the direction names one", async () => {
    const tensors = [...(await readWeights(file("zip")))];
    const both = ["netG_A.", "netG_B."].flatMap((prefix) => tensors.map(([name, tensor]) => [prefix + name, tensor] as const));
    expect(await plan("zip", { model: write("both.safetensors", new Map(both)), direction: "BtoA" })).toMatchObject({ prefix: "netG_B." });
    const unnamed = new Map(both.map(([name, tensor]) => [name.replace("netG_", "half"), tensor]));
    await expect(plan("zip", { model: write("x.safetensors", unnamed) })).rejects.toThrow(/expected one generator, .* got 2 networks: halfA\., halfB\./);
  });

  test("a generator that is named for the other direction is refused, one without a name is taken for either", async () => {
    const tensors = [...(await readWeights(file("zip")))];
    const named = (prefix: string): string => write("one.safetensors", new Map(tensors.map(([name, tensor]) => [prefix + name, tensor])));
    await expect(plan("zip", { model: named("models.G_A."), direction: "BtoA" })).rejects.toThrow(
      /one\.safetensors: expected the generator G_B for BtoA, got only models\.G_A\. for AtoB\. Use --direction AtoB, or .*--network/,
    );
    await expect(plan("zip", { model: named("netG_B."), direction: "AtoB" })).rejects.toThrow(/expected the generator G_A for AtoB, got only netG_B\. for BtoA/);
    expect(await plan("zip", { model: named("G_B."), direction: "BtoA" })).toMatchObject({ prefix: "G_B." });
    for (const direction of ["AtoB", "BtoA"] as const) {
      expect(await plan("zip", { model: named("net."), direction })).toMatchObject({ prefix: "net." });
    }
  });

  test("what is no whole generator is refused by name", async () => {
    const tensors = await readWeights(file("nested"));
    const judge = new Map([...tensors].filter(([name]) => name.startsWith("models.D_A.")));
    await expect(plan("zip", { model: write("d.safetensors", judge) })).rejects.toThrow(/expected the weights of a generator, got a PatchGAN discriminator/);
    const cut = new Map([...(await readWeights(file("zip")))].filter(([name]) => name !== "model.4.weight"));
    await expect(plan("zip", { model: write("cut.safetensors", cut) })).rejects.toThrow(/got others: missing model\.4\.weight/);
    await expect(plan("zip", { model: write("none.safetensors", new Map()) })).rejects.toThrow(/tensors of no known network/);
    await expect(plan("zip", { epoch: "best" })).rejects.toThrow(/--epoch only works if --model is the folder of a run/);
  });
});

test("a run's settings come back as they were, and its folder is replaced only when asked", () => {
  const config = trainConfig({ dataroot: "d", name: "run", runsDir: folder, ngf: 12, lr: 1e-3 });
  const { path } = createRunFolder(config);
  expect(readRunConfig(path)).toEqual(config);
  writeFileSync(join(path, "log.jsonl"), "{}");
  expect(() => createRunFolder({ ...config, ngf: 8 })).toThrow(/--overwrite/);
  expect(readFileSync(join(path, "log.jsonl"), "utf8")).toBe("{}");
  createRunFolder({ ...config, ngf: 8, overwrite: true });
  expect(() => readFileSync(join(path, "log.jsonl"))).toThrow();
  expect(readRunConfig(path).ngf).toBe(8);
});
