/**
 * `npm run bench:models`: a training step of every model that translates, on noise of one size and networks of one width: time,
 * arithmetic of its convolutions and products, device memory and dispatches, beside CycleGAN's. The models take turns, step by step, so
 * that all meet the same machine.
 */
import { Command, Option } from "commander";
import { randomValues } from "../src/bench/kernel-case.js";
import { printAdapter } from "../src/bench/print.js";
import { adapterOf } from "../src/bench/report.js";
import { openGpu } from "../src/open-gpu.js";
import type { Gpu } from "../src/gpu/gpu.js";
import { modelNamed } from "../src/models/index.js";
import type { Model } from "../src/models/model.js";
import { Random } from "../src/random.js";
import { trainConfig } from "../src/run/options.js";
import { wholeOption } from "../src/cli/arguments/number-option.js";

interface Options {
  readonly size: number;
  readonly width: number;
  readonly rounds: number;
  readonly adapter: string;
}

interface Contender {
  readonly name: string;
  readonly gpu: Gpu;
  readonly model: Model;
  readonly step: () => Promise<void>;
  readonly samples: number[];
}

/** What is compared: as each paper trains it. FastCUT is --cut-mode fastcut; aliased is --no-antialias --no-antialias-up. */
function settingsOf({ size, width }: Options): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const common = { cropSize: size, ngf: width, ndf: width };
  const halvings = Math.floor(Math.log2(size));
  return {
    "CycleGAN": { model: "cycle_gan", ...common },
    "CUT": { model: "cut", ...common },
    "FastCUT": { model: "cut", ...common, lambdaNce: 10, nceIdt: false, flipEquivariance: true },
    "CUT, aliased": { model: "cut", ...common, antialias: false, antialiasUp: false, nceLayers: "0,4,7,10,14" },
    "pix2pix, ResNet": { model: "pix2pix", ...common, numDowns: 0 },
    "pix2pix, U-Net": { model: "pix2pix", ...common, numDowns: Math.min(8, halvings) },
  };
}

async function contender(name: string, settings: Readonly<Record<string, unknown>>, { size, adapter }: Options): Promise<Contender> {
  const gpu = await openGpu({ adapter });
  const config = trainConfig(settings);
  const definition = modelNamed(config.model);
  const random = new Random(1);
  const model = definition.create(gpu, config, random);
  const image = (side: string) => ({ shape: [1, size, size, 3] as const, data: randomValues(random.stream(side), size ** 2 * 3) });
  const batch = { A: image("A"), B: image("B") };
  model.schedule({ step: 1, epoch: 1, lr: config.lr });
  return { name, gpu, model, step: () => model.step(batch), samples: [] };
}

/** Throws unless two steps give finite losses, of which some are not 0. */
async function check({ name, model, step }: Contender): Promise<void> {
  await step();
  await step();
  const losses = Object.values(await model.losses());
  if (losses.every(Number.isFinite) && losses.some((loss) => loss !== 0)) return;
  throw new Error(`${name}: expected finite losses, got ${losses.join(", ")}`);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function bench(options: Options): Promise<void> {
  const all: Contender[] = [];
  for (const [name, settings] of Object.entries(settingsOf(options))) all.push(await contender(name, settings, options));
  const [first] = all;
  if (!first) return;
  printAdapter(adapterOf(first.gpu));
  console.log(`images of ${options.size}², batch 1, ngf and ndf ${options.width}, median of ${options.rounds} steps\n`);
  for (const one of all) await check(one);
  const before = new Map(all.map(({ name, gpu }) => [name, gpu.stats]));
  for (let round = 0; round < options.rounds; round++) {
    for (const { gpu, step, samples } of all) {
      await gpu.idle();
      const start = performance.now();
      await step();
      await gpu.idle();
      samples.push(performance.now() - start);
    }
  }
  const figuresOf = ({ name, gpu, samples }: Contender) => {
    const { peakBytes, dispatches, flops } = gpu.stats;
    const { dispatches: dispatchesBefore = 0, flops: flopsBefore = 0 } = before.get(name) ?? {};
    const a = (total: number): number => total / options.rounds;
    return { ms: median(samples), flops: a(flops - flopsBefore), peakBytes, dispatches: a(dispatches - dispatchesBefore) };
  };
  const cycleGan = figuresOf(first);
  console.log("| model | ms a step | of CycleGAN's | GFLOP | of CycleGAN's | peak MiB | of CycleGAN's | dispatches |\n|---|---|---|---|---|---|---|---|");
  for (const one of all) {
    const { ms, flops, peakBytes, dispatches } = figuresOf(one);
    const shares = [ms / cycleGan.ms, flops / cycleGan.flops, peakBytes / cycleGan.peakBytes].map((share) => share.toFixed(2));
    const totals = [ms.toFixed(0), (flops / 1e9).toFixed(2), (peakBytes / 2 ** 20).toFixed(0)];
    const cells = totals.flatMap((total, index) => [total, shares[index]]);
    console.log(`| ${one.name} | ${cells.join(" | ")} | ${dispatches.toFixed(0)} |`);
  }
  for (const { model, gpu } of all) {
    model.dispose();
    gpu.dispose();
  }
}

const command = new Command("bench:models")
  .addOption(new Option("--size <n>", "side of the images, in pixels").default(128).argParser(wholeOption("--size", 32)))
  .addOption(new Option("--width <n>", "ngf and ndf").default(32).argParser(wholeOption("--width", 1)))
  .addOption(new Option("--rounds <n>", "steps of each model that are timed").default(7).argParser(wholeOption("--rounds", 1)))
  .option("--adapter <which>", "auto | hardware | software | a number that doctor shows | part of a name", "auto");
await command.parseAsync();
await bench(command.opts<Options>());
