/**
 * `npm run gallery`: trains the demo's tasks, and writes their pictures and figures into `docs/gallery/`, which docs/gallery.md shows.
 * `npm run gallery -- gray2color seasons` only trains these tasks. `emoji`, which takes more than an hour, is left out unless it is named.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { defaultModelOf, runName } from "../src/demo/settings.js";
import type { DemoTask } from "../src/demo/task.js";
import { emoji } from "../src/demo/tasks/emoji.js";
import { taskNamed, tasks } from "../src/demo/tasks/index.js";

const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const folder = fileURLToPath(new URL("../docs/gallery/", import.meta.url));

/** Trains a task in the working directory. Returns what the demo prints. Throws an Error if it fails. */
function demo(task: DemoTask, model: string): string {
  const args = [main, "demo", "--task", task.name, "--model", model];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status === 0) return stdout;
  throw new Error(`demo --task ${task.name} --model ${model}: expected it to succeed, got status ${status ?? "of a signal"}.`);
}

async function record(task: DemoTask, model: string): Promise<void> {
  const [page, picture = "", ...figures] = demo(task, model).trimEnd().split("\n").toReversed();
  const name = runName(task, model);
  const command = `npx cyclegan demo --task ${task.name}${model === defaultModelOf(task) ? "" : ` --model ${model}`}`;
  await sharp(picture).resize({ width: 1000, withoutEnlargement: true }).webp({ quality: 60, effort: 6 }).toFile(`${folder}${name}.webp`);
  writeFileSync(`${folder}${name}.txt`, `${[`$ ${command}`, ...figures.toReversed()].join("\n")}\n`);
  console.log(`${page}: docs/gallery/${name}.webp, docs/gallery/${name}.txt`);
}

mkdirSync(folder, { recursive: true });
const names = process.argv.slice(2);
for (const task of names.length > 0 ? names.map(taskNamed) : tasks.filter((one) => one !== emoji)) {
  // The first model last: others of a task may judge it.
  for (const model of Object.keys(task.models).toReversed()) await record(task, model);
}
