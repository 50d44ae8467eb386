/** Every later version must be able to use the run folder that version 0.1.0 wrote: see test/fixtures/old-run/README.md. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PNG } from "pngjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { evaluate, resumedConfig, train, translate } from "../../src/node.js";
import { cyclegan, start } from "../cli/run-command.js";

const fixture = fileURLToPath(new URL("../fixtures/old-run", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cyclegan-old-run-"));
const [run, dataroot] = [join(folder, "run"), join(folder, "data")];

type Line = Readonly<Record<string, number>>;
const expected = JSON.parse(readFileSync(join(fixture, "expected.json"), "utf8")) as {
  readonly steps: readonly Line[];
  readonly cycle: Readonly<Record<"AtoB" | "BtoA", number>>;
};

/** Relative, on any driver: forward passes of the same weights; see golden-record.ts. */
const FORWARD = 1e-5;
/** The same after one more step of Adam. Lost moments change the losses of step 8 by 6·10⁻³. */
const AFTER_A_STEP = 1e-4;

beforeAll(() => cpSync(fixture, folder, { recursive: true }));
afterAll(() => rmSync(folder, { recursive: true }));

function expectNear(got: number | undefined, value: number, relative: number, what: string): void {
  expect(Math.abs((got ?? Number.NaN) - value), `${what}: expected ${value}, got ${got}`).toBeLessThanOrEqual(relative * Math.abs(value));
}

/** The steps that a page has losses and images of. */
function shownOn(page: string): { readonly steps: readonly number[] | undefined; readonly samples: readonly number[] | undefined } {
  const json = /<script id="run-data" type="application\/json">(.*?)<\/script>/s.exec(page)?.[1] ?? "{}";
  const { log, samples } = JSON.parse(json) as { log?: { all: { columns: { step: number[] } } }; samples?: { all: number[] } };
  return { steps: log?.all.columns.step, samples: samples?.all };
}

test("translates as before, with the averages of the generator", async () => {
  const output = join(folder, "translated-now.png");
  const result = await translate({ model: run, direction: "AtoB", input: join(dataroot, "testA", "0.png"), output });
  expect(result).toMatchObject({ written: 1, skipped: 0 });
  const [now, before] = [output, join(folder, "translated.png")].map((file) => PNG.sync.read(readFileSync(file)));
  expect([now?.width, now?.height]).toEqual([before?.width, before?.height]);
  // Rounding moves a value over the edge between two levels at most.
  const apart = now?.data.map((value, index) => Math.abs(value - (before?.data[index] ?? Number.NaN)));
  expect(Math.max(...(apart ?? [Number.NaN]))).toBeLessThanOrEqual(1);
});

test("evaluates as before", async () => {
  const { images, AtoB, BtoA } = await evaluate({ model: run, dataroot });
  expect(images).toEqual({ A: 1, B: 1 });
  expectNear(AtoB?.cycle, expected.cycle.AtoB, FORWARD, "cycle of A");
  expectNear(BtoA?.cycle, expected.cycle.BtoA, FORWARD, "cycle of B");
});

test("is inspected, and shown on a page", async () => {
  const inspected = await cyclegan(folder, "inspect", join("run", "checkpoints", "latest_net_G_A.safetensors"));
  expect([inspected.code, inspected.stderr]).toEqual([0, ""]);
  expect(inspected.stdout).toMatch(/generator/i);
  const { child, outcome } = start(folder, "view", "run", "--port", "0");
  const url = await new Promise<string>((resolve) => {
    child.stdout?.once("data", (text: Buffer) => resolve(text.toString().trim()));
    void outcome.then(({ stderr }) => resolve(stderr));
  });
  const page = await (await fetch(url)).text();
  child.kill();
  await outcome;
  expect(shownOn(page)).toEqual({ steps: [1, 2, 4, 6], samples: [1, 6] });
});

test("resumes, and its next two steps have the losses that they had", async () => {
  const messages: string[] = [];
  const config = resumedConfig(run, { dataroot, maxSteps: 8, printFreq: 1, numThreads: 0 });
  const { steps } = await train(config, { resume: true, onMessage: (text) => messages.push(text) });
  expect(steps).toBe(8);
  expect(messages).toContain("Resumed after step 6.");
  const lines = readFileSync(join(run, "log.jsonl"), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line) as Line);
  for (const [index, line] of expected.steps.entries()) {
    const got = lines.find(({ step }) => step === line["step"]);
    const relative = index === 0 ? FORWARD : AFTER_A_STEP;
    for (const [name, value] of Object.entries(line)) expectNear(got?.[name], value, relative, `step ${line["step"]}, ${name}`);
  }
  expect(shownOn(readFileSync(join(run, "index.html"), "utf8"))).toEqual({ steps: [1, 2, 4, 6, 7, 8], samples: [1, 8] });
});
