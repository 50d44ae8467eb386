import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { CheckpointError } from "../../src/errors.js";
import { readWeightFile, readWeights } from "../../src/io/read-weights.js";
import { recognise } from "../../src/models/networks/recognise.js";
import { storeFloat32, writeSafetensors, type StoredTensor } from "../../src/io/safetensors.js";
import { largestDifference, readTensors, valuesOf } from "../agreement/fixture.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-weights-"));
afterAll(() => rmSync(folder, { recursive: true }));

const reference = readTensors("weights");
const names = [...reference.keys()].filter((name) => name.startsWith("model."));
const path = (name: string): string => fileURLToPath(new URL(`../reference/weights/${name}.pth`, import.meta.url));

function write(name: string, content: Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** Half a unit in the last place: 2^-11 for float16's 10 bits of fraction, 2^-8 for bfloat16's 7, and tiny float16 values. */
const rounding = { F16: 2 ** -11, BF16: 2 ** -8 };

function expectReference(tensors: ReadonlyMap<string, StoredTensor>, relative = 0): void {
  expect([...tensors.keys()]).toEqual(names);
  for (const name of names) {
    expect(tensors.get(name)?.shape, name).toEqual(reference.get(name)?.shape);
    expect(tensors.get(name)?.dtype).toBe("F32");
    const expected = valuesOf(reference, name);
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largestDifference(valuesOf(tensors, name), expected), name).toBeLessThanOrEqual(relative * largest);
  }
}

describe("weights as PyTorch writes them", () => {
  test.each(["zip", "double", "views", "views-legacy", "parameters"])("%s: every value is exact", async (name) => {
    expectReference(await readWeights(path(name)));
  });

  test.each([["half", rounding.F16], ["half-legacy", rounding.F16], ["bfloat16", rounding.BF16]])(
    "%s: every value is the nearest of its type",
    async (name, relative) => {
      expectReference(await readWeights(path(name)), relative);
    },
  );

  test("legacy, with the running statistics that old files hold for instance norm", async () => {
    const tensors = await readWeights(path("legacy"));
    expect([...tensors].filter(([name]) => name.endsWith("num_batches_tracked")).map(([, { dtype, bytes }]) => [dtype, bytes[0]])).toEqual(Array.from({ length: 7 }, () => ["I64", 7]));
    const [network] = recognise(tensors).networks;
    expectReference(network?.tensors ?? new Map());
    expect(network?.statistics).toHaveLength(21);
  });

  test("dropout's names are those without it", async () => {
    const [network] = recognise(await readWeights(path("dropout"))).networks;
    expect(network?.network).toMatchObject({ kind: "generator", dropout: true });
    expectReference(network?.tensors ?? new Map());
  });

  test("nested dicts give names joined by dots; each network is found", async () => {
    const { networks, others } = recognise(await readWeights(path("nested")));
    expect(networks.map(({ prefix }) => prefix)).toEqual(["models.G_A.module.", "models.D_A."]);
    expect(networks.map(({ network }) => network.kind)).toEqual(["generator", "discriminator"]);
    expect(others).toEqual([]);
    expectReference(networks[0]?.tensors ?? new Map());
  });
});

test("the content says what a file is, not its name", async () => {
  const tensors = new Map(names.map((name) => [name, reference.get(name) ?? { dtype: "F32", shape: [], bytes: new Uint8Array() }]));
  const safetensors = await readWeightFile(write("named.pth", writeSafetensors(tensors)));
  expect(safetensors.format).toBe("safetensors");
  expect((await readWeightFile(write("zip.safetensors", readFileSync(path("zip"))))).format).toBe("PyTorch zip");
  expect((await readWeightFile(write("old.bin", readFileSync(path("legacy"))))).format).toBe("PyTorch legacy");
});

const emptyZip = new Uint8Array(22).map((_, index) => [0x50, 0x4b, 5, 6][index] ?? 0);

test("a safetensors file that begins like a zip, with a header of 19280 bytes, is none", async () => {
  const named = (name: string): Uint8Array => writeSafetensors(new Map([[name, storeFloat32([1], Float32Array.of(3))]]));
  const headerBytes = (file: Uint8Array): number => new DataView(file.buffer).getUint32(0, true);
  const name = "n".repeat(19_280 - headerBytes(named("")));
  const file = named(name);
  expect(new TextDecoder().decode(file.subarray(0, 4))).toBe("PK\0\0");
  const { format, tensors } = await readWeightFile(write("header.safetensors", file));
  expect([format, ...tensors.keys()]).toEqual(["safetensors", name]);
});

describe("what cannot be read names the file and the reason", () => {
  test.each([
    ["none.pth", undefined, /expected a file of weights, got nothing of that name\.$/],
    ["empty.pth", new Uint8Array(), /got an empty file\. Copy it again/],
    ["empty.safetensors", new Uint8Array(), /got an empty file\. Copy it again/],
    ["zip.pth", emptyZip, /got an empty zip archive\. Download the file itself\.$/],
    ["zip.safetensors", emptyZip, /got an empty zip archive\. Download the file itself\.$/],
    ["text.pth", new TextEncoder().encode("<html>not found</html>"), /got an HTML page instead of the file\. Download the file itself/],
    ["pickle.pth", Uint8Array.of(0x80, 4, 0x2e), /It is a pickle, but not one of PyTorch's/],
  ])("%s", async (name, content, message) => {
    const file = content ? write(name, content) : join(folder, name);
    const reading = readWeights(file);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(CheckpointError);
    await expect(reading).rejects.toThrow(file);
  });

  test("a folder", async () => {
    await expect(readWeights(folder)).rejects.toThrow(`${folder}: expected a file of weights, got a folder.`);
  });

  test("a 45 GB file of nothing is refused by its size", async () => {
    const file = write("sparse.pth", new Uint8Array());
    truncateSync(file, 45e9);
    await expect(readWeights(file)).rejects.toThrow("expected a file of at most 1073741824 bytes, got 45000000000");
  });

  test.each(["zip", "legacy", "views-legacy"])("%s cut short anywhere", async (name) => {
    const whole = readFileSync(path(name));
    for (let cut = 1; cut <= 40; cut++) {
      const file = write("cut.pth", whole.subarray(0, Math.floor((whole.length * (cut - 1)) / 40)));
      await expect(readWeights(file), `${cut} of 40`).rejects.toThrow(CheckpointError);
    }
  });
});
