import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { applyData, emptyState } from "../../src/report/client/state.js";
import type { RunState } from "../../src/report/client/state.js";
import { partNames } from "../../src/report/page-data.js";
import { openRunReader } from "../../src/report/run-reader.js";
import type { Cursors } from "../../src/report/run-reader.js";
import { addSample, logLine, presentation, scratchFolder } from "./make-run.js";

const parent = scratchFolder();
let run = "";
let made = 0;
beforeEach(() => {
  run = join(parent, String(made++));
  mkdirSync(run);
});

const logFile = (): string => join(run, "log.jsonl");

/** What a page does: asks with what it knows, takes the answer in. */
function page(): { readonly state: RunState; readonly ask: () => Promise<boolean> } {
  const state = emptyState();
  const reader = openRunReader(run, presentation.charts);
  const ask = async (): Promise<boolean> => {
    const query = new URLSearchParams(state.query);
    const cursors: Cursors = Object.fromEntries(
      partNames.flatMap((name) => (query.has(name) ? [[name, query.get(name)]] : [])),
    );
    return applyData(state, structuredClone(await reader.read(cursors)));
  };
  return { state, ask };
}

const steps = (state: RunState): unknown => state.log.columns["step"];

test("a page that follows gets each row once, whole lines only", async () => {
  const { state, ask } = page();
  expect(await ask()).toBe(true);
  expect(steps(state)).toEqual([]);
  writeFileSync(logFile(), logLine(10) + logLine(20).slice(0, 30));
  expect(await ask()).toBe(true);
  expect(steps(state)).toEqual([10]);
  expect(await ask()).toBe(false);
  appendFileSync(logFile(), logLine(20).slice(30) + logLine(30));
  await ask();
  expect(steps(state)).toEqual([10, 20, 30]);
});

test("a page that follows knows what a page that is loaded now knows", async () => {
  const following = page();
  for (let step = 1; step <= 4000; step += 500) {
    appendFileSync(logFile(), Array.from({ length: 500 }, (_, index) => logLine(step + index)).join(""));
    await following.ask();
  }
  const loaded = page();
  await loaded.ask();
  expect(following.state.log).toEqual(loaded.state.log);
  expect(loaded.state.log.width).toBe(4);
});

test("a log that was cut and written on, as by a resumed training, is read anew", async () => {
  const { state, ask } = page();
  writeFileSync(logFile(), [1, 2, 3].map((step) => logLine(step)).join(""));
  await ask();
  writeFileSync(logFile(), [1, 2, 3, 4].map((step) => logLine(step, { D_A: step === 3 ? 9 : 0.3 })).join(""));
  await ask();
  expect(steps(state)).toEqual([1, 2, 3, 4]);
  expect(state.log.columns["D_A"]?.[2]).toBe(9);
  expect(state.replaced).toBe(1);
  rmSync(logFile());
  await ask();
  expect(steps(state)).toEqual([]);
});

test("events and metrics are read as far as they are what they should be", async () => {
  const event = { step: 5, kind: "warning", message: "<img src=x onerror=alert(1)>" };
  writeFileSync(join(run, "events.jsonl"), `${JSON.stringify(event)}\nnonsense\n[1]\n{"step":"6","kind":1}\n`);
  writeFileSync(join(run, "metrics.jsonl"), '{"step":5,"epoch":1,"swd":0.25,"note":"x","__proto__":7}\n{"swd":1}\n');
  const { state, ask } = page();
  await ask();
  expect(state.events).toEqual([event]);
  expect(state.metrics.columns).toEqual({ step: [5], epoch: [1], swd: [0.25] });
});

test("samples are in order of their steps; other files are none", async () => {
  const { state, ask } = page();
  for (const step of [1_000_000, 20]) addSample(run, step);
  writeFileSync(join(run, "samples", "step-000030.png.123.tmp"), "");
  writeFileSync(join(run, "samples", "step-0000040.png"), "");
  await ask();
  expect(state.samples).toEqual([20, 1_000_000]);
  addSample(run, 30);
  await ask();
  expect(state.samples).toEqual([20, 30, 1_000_000]);
});

test("the document is another once the settings are", async () => {
  const { state, ask } = page();
  await ask();
  const before = state.document;
  writeFileSync(join(run, "config.json"), "{}");
  await ask();
  expect(state.document).not.toBe(before);
});
