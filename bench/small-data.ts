/** `npm run bench:small-data`: the effect of each option for small data on the demo, measured on held-out emoji. */
import { Command, Option } from "commander";
import { measureTask } from "../src/demo/run-task.js";
import { datasetFolder, defaultModelOf, demoConfig } from "../src/demo/settings.js";
import type { HeldOut } from "../src/demo/task.js";
import { style } from "../src/demo/tasks/style.js";
import { cacheFolder } from "../src/driver/cache.js";
import { UsageError } from "../src/errors.js";
import { openGpu } from "../src/open-gpu.js";
import { improvement } from "../src/report/translations.js";
import type { TrainConfig } from "../src/run/options.js";
import { train } from "../src/training/train.js";
import { printAdapter } from "../src/bench/print.js";
import { adapterOf } from "../src/bench/report.js";
import { significant, startTable } from "../src/bench/table.js";

interface Variant {
  readonly name: string;
  readonly options: Partial<TrainConfig>;
}

/** One training per option. The averages cover about a tenth of the `steps`, and at most 1000. */
function variantsOf(steps: number, epochs: number): readonly Variant[] {
  const ema = 1 - 1 / Math.min(1000, Math.max(10, steps / 10));
  return [
    { name: "none", options: {} },
    { name: `--ema ${ema.toFixed(3)}`, options: { ema } },
    { name: "--diffaugment color,translation,cutout", options: { diffaugment: "color,translation,cutout" } },
    { name: "--upsample resize-conv", options: { upsample: "resize-conv" } },
    { name: "--spectral-norm", options: { spectralNorm: true } },
    { name: `--identity-epochs ${epochs}`, options: { identityEpochs: epochs } },
  ];
}

/** The mean improvement of both directions: how much nearer to the true image the translations are than the originals. */
async function nearerBy(run: string, config: TrainConfig, heldOut: readonly HeldOut[]): Promise<number> {
  const { sets } = await measureTask(style, config, run, heldOut, { onProgress: () => {}, onMessage: () => {} });
  return sets.reduce((sum, { distances }) => sum + (distances ? improvement(distances) : 0), 0) / sets.length;
}

function wholeNumber(flag: string, min: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === "" ? NaN : Number(text);
    if (Number.isSafeInteger(value) && value >= min) return value;
    throw new UsageError(`${flag}: expected a whole number of at least ${min}, got ${JSON.stringify(text)}.`);
  };
}

interface Values {
  readonly steps: number;
  readonly seed: number;
}

async function main({ steps, seed }: Values): Promise<void> {
  const test = await style.makeDataset({ folder: datasetFolder(style), cacheFolder: cacheFolder(), onProgress: () => {}, onDone: console.log });
  const gpu = await openGpu();
  printAdapter(adapterOf(gpu));
  gpu.dispose();
  const base = demoConfig(style, { model: defaultModelOf(style), steps, seed, adapter: "auto" });
  console.log(`data     ${base.dataroot}, ${test.length} emoji held out; ${steps} steps of the demo's training, seed ${seed}`);
  console.log("swd      sliced Wasserstein distance × 1000 to real test emoji, mean of both directions; lower is better");
  console.log("nearer   how much nearer to the other artist's drawing translations are than originals\n");
  const right = { width: 9, align: "right" } as const;
  const row = startTable([
    { heading: "option", width: 38, align: "left" },
    { heading: "last swd", ...right },
    { heading: "best swd", ...right },
    { heading: "nearer", ...right },
    { heading: "seconds", ...right },
  ]);
  for (const { name, options } of variantsOf(steps, base.nEpochs + base.nEpochsDecay)) {
    const config = { ...base, name: `small-data-${name.replaceAll(/[^a-z0-9.]+/g, "-")}`, ...options };
    const { run, heldOut, seconds } = await train(config);
    const nearer = `${(100 * (await nearerBy(run, config, test))).toFixed(1)} %`;
    const swds = heldOut ? [heldOut.value, heldOut.best].map(significant) : ["", ""];
    row([name, ...swds, nearer, seconds.toFixed(0)]);
  }
}

const command = new Command("bench:small-data")
  .addOption(new Option("--steps <n>", "steps of each run").default(300).argParser(wholeNumber("--steps", 1)))
  .addOption(new Option("--seed <n>", "seed of each run").default(0).argParser(wholeNumber("--seed", 0)));
await main(command.parse().opts<Values>());
