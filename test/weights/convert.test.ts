import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InferenceSession } from "onnxruntime-web";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fromHalf, toHalf } from "../../src/dtype.js";
import { readWeightFile } from "../../src/io/read-weights.js";
import { readSafetensors, storeFloat32, writeSafetensors } from "../../src/io/safetensors.js";
import { recognise } from "../../src/models/networks/recognise.js";
import { convertWeights } from "../../src/weights/convert.js";
import { largestDifference, readTensors, valuesOf } from "../agreement/fixture.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-convert-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const reference = readTensors("weights");
const names = [...reference.keys()].filter((name) => name.startsWith("model."));
const fixture = (name: string): string => fileURLToPath(new URL(`../reference/weights/${name}.pth`, import.meta.url));

test.each([["zip", ".safetensors"], ["zip", ".pth"], ["legacy", ".pth"], ["double", ".pt"], ["views", ".safetensors"]])(
  "%s to %s and back: the same names and values, all float32, no leftover statistics",
  async (name, extension) => {
    const [there, back] = [join(folder, `there${extension}`), join(folder, "back.pth")];
    const { tensors } = await convertWeights({ from: fixture(name), to: there });
    expect(tensors).toBe(names.length);
    await convertWeights({ from: there, to: back });
    const read = (await readWeightFile(back)).tensors;
    expect([...read.keys()]).toEqual(names);
    for (const key of names) {
      expect(read.get(key)?.dtype).toBe("F32");
      expect(largestDifference(valuesOf(read, key), valuesOf(reference, key)), key).toBe(0);
    }
  },
);

test("--half rounds every value to the nearest float16, in a .safetensors file only", async () => {
  const to = join(folder, "half.safetensors");
  await convertWeights({ from: fixture("zip"), to, half: true });
  const stored = readSafetensors(readFileSync(to), to);
  expect([...stored.keys()]).toEqual(names);
  const read = (await readWeightFile(to)).tensors;
  for (const key of names) {
    expect(stored.get(key)?.dtype).toBe("F16");
    expect([...valuesOf(read, key)]).toEqual([...valuesOf(reference, key)].map((value) => fromHalf(toHalf(value))));
  }
  await expect(convertWeights({ from: fixture("zip"), to: join(folder, "half.pth"), half: true })).rejects.toThrow(
    "--half only works with a .safetensors file",
  );
  const large = join(folder, "large.safetensors");
  writeFileSync(large, writeSafetensors(new Map([["w", storeFloat32([2], Float32Array.of(1, 7e4))]])));
  await expect(convertWeights({ from: large, to, half: true, overwrite: true })).rejects.toThrow(
    `${large}: w: expected values of at most 65504, the largest float16, got 70000.`,
  );
});

test("one network of several is taken out", async () => {
  const to = join(folder, "judge.safetensors");
  await convertWeights({ from: fixture("nested"), to, network: "models.D_A." });
  const { networks, others } = recognise((await readWeightFile(to)).tensors);
  expect(networks.map(({ prefix, network, missing }) => [prefix, network.kind, missing])).toEqual([["", "discriminator", []]]);
  expect(others).toEqual([]);
  await expect(convertWeights({ from: fixture("nested"), to: join(folder, "x.pth"), network: "G_B." })).rejects.toThrow(
    'expected a network whose names begin with "G_B.", got "models.G_A.module.", "models.D_A.".',
  );
});

test("a prefix that all names have is removed, so that PyTorch's strict loading finds the names of the networks", async () => {
  const { tensors } = await readWeightFile(fixture("zip"));
  const write = (name: string, prefixes: readonly string[], more: readonly string[] = []): string => {
    const named = prefixes.flatMap((prefix) => [...tensors].map(([key, tensor]) => [prefix + key, tensor] as const));
    const others = more.map((key) => [key, storeFloat32([], Float32Array.of(1))] as const);
    writeFileSync(join(folder, name), writeSafetensors(new Map([...named, ...others])));
    return join(folder, name);
  };
  const to = join(folder, "to.safetensors");
  const converted = async (from: string): Promise<[string | undefined, readonly string[]]> => {
    const { notes } = await convertWeights({ from, to, overwrite: true });
    return [[...(await readWeightFile(to)).tensors.keys()][0], notes];
  };
  const removed = (prefix: string): string[] => [`Removed the prefix "${prefix}", which all names had.`];
  expect(await converted(write("nested.safetensors", ["state_dict."]))).toEqual(["model.1.weight", removed("state_dict.")]);
  expect(await converted(write("both.safetensors", ["net.G_A.", "net.G_B."]))).toEqual(["G_A.model.1.weight", removed("net.")]);
  expect(await converted(write("plain.safetensors", [""]))).toEqual(["model.1.weight", []]);
  expect(await converted(write("more.safetensors", ["state_dict."], ["epoch"]))).toEqual(["state_dict.model.1.weight", []]);
});

test("a generator is exported to ONNX, and nothing else is", async () => {
  const to = join(folder, "one.onnx");
  await convertWeights({ from: fixture("legacy"), to });
  const session = await InferenceSession.create(readFileSync(to));
  expect([session.inputNames, session.outputNames]).toEqual([["image"], ["translation"]]);
  await session.release();
  await convertWeights({ from: fixture("nested"), to, network: "models.G_A.module.", overwrite: true });
  const judge = { from: fixture("nested"), to: join(folder, "x.onnx"), network: "models.D_A." };
  await expect(convertWeights(judge)).rejects.toThrow(/expected a generator for ONNX, got a PatchGAN discriminator/);
  await expect(convertWeights({ ...judge, network: undefined })).rejects.toThrow(/expected one generator for ONNX, got 2 networks/);
  expect(readdirSync(folder)).toEqual(["one.onnx"]);
});

test("a file that is there is kept unless told otherwise; a failure leaves nothing", async () => {
  const to = join(folder, "kept.pth");
  writeFileSync(to, "mine");
  await expect(convertWeights({ from: fixture("zip"), to })).rejects.toThrow(/kept\.pth: expected a new file, got one that exists/);
  await expect(convertWeights({ from: join(folder, "none.pth"), to, overwrite: true })).rejects.toThrow(/none\.pth: expected a file of weights, got nothing of that name/);
  expect(readFileSync(to, "utf8")).toBe("mine");
  await convertWeights({ from: fixture("zip"), to, overwrite: true });
  expect((await readWeightFile(to)).tensors.size).toBe(names.length);
  expect(readdirSync(folder)).toEqual(["kept.pth"]);
  await expect(convertWeights({ from: fixture("zip"), to: join(folder, "x.h5") })).rejects.toThrow(/expected a name that ends in \.safetensors/);
});
