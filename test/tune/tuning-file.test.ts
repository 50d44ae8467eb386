import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  clearTuning,
  readTuning,
  recallTuning,
  rememberTuning,
  tuningDevice,
  tuningPath,
  updateTuning,
} from "../../src/driver/tuning-file.js";
import type { Measurement } from "../../src/tune/tune.js";
import { useGpu } from "../support/device.js";

const gpu = useGpu();
let folder = "";
let warnings: string[] = [];
const warn = (text: string): void => void warnings.push(text);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cyclegan-tuning-"));
  vi.stubEnv("CYCLEGAN_TUNING", join(folder, "deep", "tuning.json"));
  warnings = [];
});
afterEach(async () => {
  gpu().choices.clear();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const KEY = "forward 1x8x8x16 3x3/2+1 4x4x16";
const OTHER = "weightGrad 1x8x8x16 3x3/2+1 4x4x16";
const found = (variant: string): Measurement => ({ variant, times: { [variant]: 1 } });

test("what was measured is taken again, the same each time", async () => {
  await rememberTuning(gpu(), new Map([[KEY, found("direct")]]), warn);
  for (let start = 0; start < 2; start++) {
    gpu().choices.clear();
    expect(await recallTuning(gpu(), warn)).toBe(1);
    expect([...gpu().choices]).toEqual([[KEY, "direct"]]);
  }
  expect(warnings).toEqual([]);
});

test("what holds for another device, driver or version is not taken, and stays", async () => {
  const another = tuningDevice(gpu()).replace(/[^ ]+$/, "0.0.0-other");
  await updateTuning(another, () => ({ [KEY]: { ...found("direct"), pinned: false } }), warn);
  expect(await recallTuning(gpu(), warn)).toBe(0);
  expect(gpu().choices.size).toBe(0);
  await rememberTuning(gpu(), new Map([[OTHER, found("direct")]]), warn);
  expect(Object.keys(await readTuning(warn)).toSorted()).toEqual([another, tuningDevice(gpu())].toSorted());
});

test("a pinned variant outlives measurements", async () => {
  await updateTuning(tuningDevice(gpu()), () => ({ [KEY]: { variant: "direct", times: {}, pinned: true } }), warn);
  const measured = new Map([[KEY, found("tiled")], [OTHER, found("direct")]]);
  await rememberTuning(gpu(), measured, warn);
  const known = (await readTuning(warn))[tuningDevice(gpu())];
  expect(known?.[KEY]).toEqual({ variant: "direct", times: {}, pinned: true });
  expect(known?.[OTHER]).toEqual({ ...found("direct"), pinned: false });
});

test.each(["{", "[]", '{"a device":{"work":{"variant":1}}}', '{"a device":null}'])(
  "a damaged file, %j, is warned of, ignored and replaced",
  async (text) => {
    await updateTuning("any", (known) => known, warn);
    await writeFile(tuningPath(), text);
    expect(await recallTuning(gpu(), warn)).toBe(0);
    expect(warnings).toEqual([expect.stringMatching(/tuning\.json: expected measured kernel variants, got .* The file is replaced\.$/)]);
    await rememberTuning(gpu(), new Map([[KEY, found("direct")]]), warn);
    warnings = [];
    expect(Object.keys(await readTuning(warn))).toEqual([tuningDevice(gpu())]);
    expect(warnings).toEqual([]);
  },
);

test("of many that write at once each leaves a whole file, and nothing beside it", async () => {
  const devices = Array.from({ length: 8 }, (_, i) => `device ${i}`);
  await Promise.all(
    devices.map((device) => updateTuning(device, () => ({ [KEY]: { ...found("direct"), pinned: false } }), warn)),
  );
  const known: unknown = JSON.parse(await readFile(tuningPath(), "utf8"));
  expect(Object.keys(known as object).length).toBeGreaterThan(0);
  expect(await readdir(join(folder, "deep"))).toEqual(["tuning.json"]);
  expect(warnings).toEqual([]);
});

test("where it cannot be written, a warning says so and nothing else happens", async () => {
  await writeFile(join(folder, "file"), "");
  vi.stubEnv("CYCLEGAN_TUNING", join(folder, "file", "tuning.json"));
  await rememberTuning(gpu(), new Map([[KEY, found("direct")]]), warn);
  expect(warnings.at(-1)).toMatch(/cannot be written .*Measurements are not stored\.$/);
});

test("it is forgotten on request", async () => {
  await rememberTuning(gpu(), new Map([[KEY, found("direct")]]), warn);
  await clearTuning();
  expect(await readTuning(warn)).toEqual({});
  await clearTuning();
});
