import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { encodePng } from "../../src/data/encode.js";
import { cycleGan } from "../../src/models/cyclegan/definition.js";
import { defaultOptions } from "../../src/models/cyclegan/options.js";
import { presentationOf } from "../../src/report/presentation.js";
import { sampleName } from "../../src/run/sample-name.js";

/** How a page shows a CycleGAN with identity losses. */
export const presentation = presentationOf(cycleGan, defaultOptions);

/** A folder that is gone after the tests of the file. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A line of a log, as a training writes it. */
export function logLine(step: number, more: Readonly<Record<string, unknown>> = {}): string {
  const losses = { D_A: 0.3, G_A: 0.5 + 1 / step, cycle_A: 2 / step, idt_A: 1, D_B: 0.2, G_B: 0.6, cycle_B: 3 / step, idt_B: 1 };
  const pace = { secondsPerStep: 0.25, imagesPerSecond: 4, secondsLeft: (1000 - step) / 4, peakBytes: 93e7, totalSteps: 1000 };
  return `${JSON.stringify({ step, epoch: 1 + Math.floor(step / 100), lr: 2e-4, ...pace, ...losses, ...more })}\n`;
}

export function addSample(run: string, step: number): void {
  mkdirSync(join(run, "samples"), { recursive: true });
  const data = new Uint8Array(518 * 258 * 3).map((_, index) => (index * step) % 251);
  writeFileSync(join(run, "samples", sampleName(step)), encodePng({ width: 518, height: 258, channels: 3, data }));
}

/** A run of `count` logged steps, 10 apart, with two samples. */
export function makeRun(run: string, count: number): void {
  mkdirSync(run, { recursive: true });
  writeFileSync(join(run, "config.json"), JSON.stringify({ name: "</script><script>alert(1)</script>", lambdaIdentity: 0.5 }));
  for (let index = 1; index <= count; index++) appendFileSync(join(run, "log.jsonl"), logLine(index * 10));
  addSample(run, 10);
  addSample(run, count * 10);
}
