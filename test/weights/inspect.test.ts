import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { inspectWeights } from "../../src/weights/inspect.js";
import { readWeightFile } from "../../src/io/read-weights.js";
import { storeFloat32, writeSafetensors } from "../../src/io/safetensors.js";
import { writeGeneratorFile } from "../support/generator-file.js";

const folder = mkdtempSync(join(tmpdir(), "cyclegan-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

const inspect = (name: string): ReturnType<typeof inspectWeights> =>
  inspectWeights(fileURLToPath(new URL(`../reference/weights/${name}.pth`, import.meta.url)));

const tiny = "a ResNet generator of 1 block, ngf 2, 3 to 3 channels, instance norm";

test.each([
  ["zip", "PyTorch zip", [`${tiny}, no dropout`], []],
  ["legacy", "PyTorch legacy", [`${tiny}, no dropout`], [/21 running statistics, which are not used/]],
  ["half", "PyTorch zip", [`${tiny}, no dropout`], [/Values of F16 are rounded to float32/]],
  ["dropout", "PyTorch zip", [`${tiny}, dropout`], [/trained with dropout/]],
  ["nested", "PyTorch zip", [`${tiny}, no dropout`, "a PatchGAN discriminator of 2 layers, ndf 2, 3 channels, instance norm"], []],
])("%s: format, networks and oddities", async (name, format, networks, oddities) => {
  const found = await inspect(name);
  expect(found.format).toBe(format);
  expect(found.networks.map(({ description }) => description)).toEqual(networks);
  expect(found.oddities).toEqual(oddities.map((pattern) => expect.stringMatching(pattern)));
});

test("a network in a list of another name comes with a note on what shapes do not tell", async () => {
  const path = join(folder, "renamed.safetensors");
  writeGeneratorFile(path);
  const { tensors } = await readWeightFile(path);
  writeFileSync(path, writeSafetensors(new Map([...tensors].map(([name, tensor]) => [name.replace("model.", "main."), tensor]))));
  const { networks, oddities } = await inspectWeights(path);
  expect(networks).toMatchObject([{ prefix: "main.", description: `${tiny}, no dropout` }]);
  expect(oddities[0]).toBe("main. was recognised by the shapes of its tensors, which do not show paddings and activations. CycleGAN's are assumed.");
});

test("norms, extremes, values that are not finite, blank and foreign tensors", async () => {
  const path = join(folder, "odd.safetensors");
  writeFileSync(path, writeSafetensors(new Map([
    ["model.0.weight", storeFloat32([2, 3, 1, 1], Float32Array.of(3, -4, 0, Number.NaN, Infinity, 0))],
    ["model.2.weight", storeFloat32([1], Float32Array.of(0))],
    ["param_groups.0.lr", storeFloat32([], Float32Array.of(1))],
    ["lost", storeFloat32([1], Float32Array.of(Number.NaN))],
  ])));
  const { tensors, oddities } = await inspectWeights(path);
  expect(tensors[0]).toEqual({ name: "model.0.weight", dtype: "F32", shape: [2, 3, 1, 1], l2: 5, least: -4, most: 3, notFinite: 2 });
  expect(tensors[3]).toEqual({ name: "lost", dtype: "F32", shape: [1], notFinite: 1 });
  expect(oddities).toEqual([
    expect.stringMatching(/^The network is not complete: missing .*model\.2 is not|^The network is not complete/),
    "2 tensors of no network: param_groups.0.lr, lost.",
    "model.0.weight: 2 of 6 values are NaN or infinite.",
    "lost: 1 of 1 values are NaN or infinite.",
    "model.2.weight: all values are 0.",
  ]);
});
