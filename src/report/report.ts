import { readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { reportPage } from "./page.js";
import type { PlotAssets } from "./page.js";
import { readRun } from "./read-run.js";

const { resolve } = createRequire(import.meta.url);

async function plotAssets(): Promise<PlotAssets> {
  const text = (file: string): Promise<string> => readFile(resolve(`uplot/dist/${file}`), "utf8");
  return {
    script: `/* uPlot, copyright (c) Leon Sorokin, MIT licence */\n${await text("uPlot.iife.min.js")}`,
    style: await text("uPlot.min.css"),
  };
}

/**
 * Writes `index.html` into the folder of a run: loss curves, samples over time, held-out translations if there are any.
 *
 * The page needs no network and opens from the disk. Throws a CheckpointError when the folder holds no config.json.
 */
export async function writeReport(runFolder: string): Promise<void> {
  const page = reportPage(await readRun(runFolder), await plotAssets());
  const path = join(runFolder, "index.html");
  await writeFile(`${path}.partial`, page);
  await rename(`${path}.partial`, path);
}
