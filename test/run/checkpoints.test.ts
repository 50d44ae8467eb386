import { mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CheckpointError } from "../../src/errors.js";
import { openCheckpointStore, type Checkpoint } from "../../src/run/checkpoints.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cyclegan-store-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function checkpoint(step: number): Checkpoint {
  const tensors = new Map([
    ["G_A/model.1.weight", { shape: [2, 2], values: Float32Array.of(step, 2, -0, 1e-40) }],
    ["G_A/model.1.bias", { shape: [1], values: Float32Array.of(5) }],
    ["optimizer_G.m/G_A.model.1.weight", { shape: [2, 2], values: Float32Array.of(4, 3, 2, 1) }],
  ]);
  const random = { fake_A_pool: { key: [1, 0xffffffff] as const, counter: 2 ** 40 } };
  return { step, state: { tensors, counters: { optimizer_G: step }, random }, record: { images: 3, config: { lr: 2e-4 } } };
}

describe("a checkpoint store", () => {
  test("gives back what was saved, the newest, and keeps the number asked for", () => {
    const store = openCheckpointStore(folder, 2);
    for (const step of [9, 10, 100_000_000]) store.save(checkpoint(step));
    expect(readdirSync(folder).sort()).toEqual(["step-00000010", "step-100000000"]);
    expect(store.load()).toEqual(checkpoint(100_000_000));
    expect(store.peek()).toMatchObject({ step: 100_000_000, record: { images: 3 } });
    store.dropAfter(10);
    expect(store.load()).toEqual(checkpoint(10));
  });

  test("replaces the checkpoint of a step, and removes what a killed process left", () => {
    const store = openCheckpointStore(folder, 2);
    store.save(checkpoint(1));
    const again = { ...checkpoint(1), record: { images: 4 } };
    store.save(again);
    expect(store.load()).toEqual(again);
    writeFileSync(join(folder, ".partial-step-00000002"), "");
    store.dropAfter(1);
    expect(readdirSync(folder)).toEqual(["step-00000001"]);
    writeFileSync(join(folder, ".partial-old-step-00000001"), "");
    store.save(checkpoint(2));
    expect(readdirSync(folder)).toEqual(["step-00000001", "step-00000002"]);
  });

  test.each([
    ["a file gone", (path: string) => rmSync(join(path, "G_A.safetensors")), /G_A\.safetensors: expected a file of a checkpoint, got ENOENT/],
    ["a file cut short", (path: string) => truncateSync(join(path, "G_A.safetensors"), 40), /G_A\.safetensors: expected \d+ bytes, got 40/],
    ["a bit flipped", (path: string) => flipLastBit(join(path, "optimizer_G.m.safetensors")), /optimizer_G\.m\.safetensors: expected the checksum/],
    ["no manifest", (path: string) => rmSync(join(path, "manifest.json")), /manifest\.json: expected a file of a checkpoint/],
    ["half a manifest", (path: string) => truncateSync(join(path, "manifest.json"), 90), /manifest\.json: expected JSON/],
    ["a manifest changed by hand", (path: string) => changeStep(join(path, "manifest.json")), /manifest\.json: expected a manifest with the checksum/],
  ])("passes over a damaged one and names it: %s", (_, damage, message) => {
    const store = openCheckpointStore(folder, 2);
    store.save(checkpoint(1));
    store.save(checkpoint(2));
    damage(join(folder, "step-00000002"));
    const warnings: string[] = [];
    expect(store.load((text) => warnings.push(text))).toEqual(checkpoint(1));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(message);
    expect(warnings[0]).toMatch(/The checkpoint of step 1 is used instead\.$/);
    store.dropAfter(1);
    damage(join(folder, "step-00000001"));
    expect(() => store.load()).toThrow(CheckpointError);
    expect(() => store.load()).toThrow(message);
  });

  test("none is an error with advice", () => {
    expect(() => openCheckpointStore(join(folder, "none"), 1).load()).toThrow(/none: expected a checkpoint to resume from, got none\. Train anew/);
    expect(openCheckpointStore(folder, 1).peek()).toBeUndefined();
  });
});

function flipLastBit(path: string): void {
  const content = readFileSync(path);
  content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
  writeFileSync(path, content);
}

function changeStep(path: string): void {
  writeFileSync(path, readFileSync(path, "utf8").replace('"images": 3', '"images": 7'));
}
