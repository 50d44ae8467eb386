import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { storeFloat32, writeSafetensors } from "../../src/io/safetensors.js";
import type { WeightModule } from "../../src/io/weights.js";
import { findWeights, loadWeights, saveNetworks } from "../../src/run/weights.js";

/** A module of one number; `data` can be made to fail, as a lost device does. */
function moduleOf(value: number, read?: () => Promise<Float32Array>): WeightModule & { value(): number } {
  let values: Float32Array = Float32Array.of(value);
  const tensor = {
    shape: [1],
    data: read ?? ((): Promise<Float32Array> => Promise.resolve(values)),
    write: (given: Float32Array): void => {
      values = given;
    },
  };
  const parameters = new Map([["model.0.bias", { kind: "vector", tensor } as const]]);
  return { parameters: () => parameters, value: () => values[0] ?? Number.NaN };
}

function networksOf(value: number): Parameters<typeof saveNetworks>[2] {
  return { G_A: moduleOf(value), G_B: moduleOf(value + 1), D_A: moduleOf(value + 2), D_B: moduleOf(value + 3) };
}

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-weights-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("PyTorch's files hold the same weights, if they are asked for", async () => {
  await saveNetworks(folder, ["latest", "5"], networksOf(1), { pth: true });
  expect(readdirSync(folder)).toHaveLength(16);
  const module = moduleOf(0);
  await loadWeights(join(folder, "5_net_D_B.pth"), module);
  expect(module.value()).toBe(4);
});

test("weights are saved under every tag, by the reference's names, and come back", async () => {
  await saveNetworks(folder, ["latest", "5"], networksOf(1));
  expect(readdirSync(folder)).toHaveLength(8);
  expect(readdirSync(folder)).toContain("5_net_D_B.safetensors");
  await saveNetworks(folder, ["latest"], networksOf(10));
  const module = moduleOf(0);
  await loadWeights(findWeights(folder, "latest", "G_B"), module);
  expect(module.value()).toBe(11);
  await loadWeights(findWeights(folder, "5", "G_B"), module);
  expect(module.value()).toBe(2);
});

test("a save that fails half-way leaves the older weights and no rubbish", async () => {
  await saveNetworks(folder, ["latest"], networksOf(1));
  const lost = moduleOf(0, () => Promise.reject(new Error("device lost")));
  await expect(saveNetworks(folder, ["latest"], { ...networksOf(10), D_B: lost })).rejects.toThrow("device lost");
  expect(readdirSync(folder)).toHaveLength(4);
  const module = moduleOf(0);
  await loadWeights(findWeights(folder, "latest", "G_A"), module);
  expect(module.value()).toBe(1);
});

test("a file of several networks is refused, unless one is named", async () => {
  const path = join(folder, "two.safetensors");
  const bias = (value: number): ReturnType<typeof storeFloat32> => storeFloat32([1], Float32Array.of(value));
  writeFileSync(path, writeSafetensors(new Map([["G_A.model.0.bias", bias(3)], ["G_B.model.0.bias", bias(4)]])));
  const module = moduleOf(0);
  await expect(loadWeights(path, module)).rejects.toThrow(/expected the weights of one network, got 2, whose names begin with "G_A\.", "G_B\."/);
  await loadWeights(path, module, "G_B.");
  expect(module.value()).toBe(4);
});

test("missing weights are named, with the epochs that are there", async () => {
  expect(() => findWeights(join(folder, "none"), "latest", "G_A")).toThrow(/latest_net_G_A.safetensors, got none/);
  await saveNetworks(folder, ["5", "10"], networksOf(1));
  expect(() => findWeights(folder, "latest", "G_A")).toThrow(/--epoch can be 10, 5/);
});
