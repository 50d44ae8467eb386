import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cycleGan } from "../../src/models/cyclegan/definition.js";
import { defaultOptions } from "../../src/models/cyclegan/options.js";
import { presentationOf } from "../../src/report/presentation.js";
import { writeReport } from "../../src/report/report.js";
import { writeTranslations } from "../../src/report/translations.js";

const presentation = presentationOf(cycleGan, { ...defaultOptions, lambdaIdentity: 0 });

let parent = "";
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "report-"));
});
afterEach(() => rmSync(parent, { recursive: true }));

const losses = { D_A: 0.2, G_A: 1, cycle_A: 2, idt_A: 0 };
const line = JSON.stringify({ step: 10, epoch: 1, lr: 2e-4, secondsPerStep: 0.25, ...losses });

test("the page stands alone and escapes every name", async () => {
  const run = join(parent, "<b>&run");
  mkdirSync(join(run, "samples"), { recursive: true });
  writeFileSync(join(run, "config.json"), JSON.stringify({ name: "</script><script>alert(1)", lambdaIdentity: 0, dataroot: "data/<x>", cropSize: 128 }));
  writeFileSync(join(run, "log.jsonl"), `${line}\n${line.slice(0, 30)}`);
  for (const step of ["000500", "001000"]) writeFileSync(join(run, `samples/step-${step}.png`), "");
  const row = { name: "<i>grin", real: "test/a#1.png", fake: "test/f.png", truth: "test/t.png" };
  const distances = { untranslated: 0.3, translated: 0.24 };
  writeTranslations(run, [{ direction: "AtoB", from: "<A>", to: "B", distances, rows: [row], note: "More <steps> help." }]);

  await writeReport(run, presentation);

  const page = readFileSync(join(run, "index.html"), "utf8");
  expect(page).toContain("<h1>&lt;b&gt;&amp;run</h1>");
  expect(page).toContain("&lt;/script&gt;&lt;script&gt;alert(1)");
  expect(page).toContain("CycleGAN · data/&lt;x&gt; · 128×128");
  expect(page).toContain("&lt;i&gt;grin");
  expect(page).toContain('src="test/a%231.png"');
  expect(page).toContain("20.0 % nearer");
  expect(page).toContain("More &lt;steps&gt; help.");
  expect(page).toContain('"all":[500,1000]');
  expect(page).toContain("Content-Security-Policy");
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(page.match(/<\/script>/g)).toHaveLength(3);
  expect(page).not.toContain("A as if B");
  expect(readdirSync(run)).not.toContain("index.html.partial");
});

test("a run that has logged nothing yet has a page too", async () => {
  writeFileSync(join(parent, "config.json"), "{}");
  await writeReport(parent, presentation);
  expect(readFileSync(join(parent, "index.html"), "utf8")).toContain('"columns":{"step":[]}');
});

test("a folder that is no run is named", async () => {
  await expect(writeReport(parent, presentation)).rejects.toThrow(`${parent}: expected the folder of a run`);
});
