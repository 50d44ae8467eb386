/** `cyclegan look`. */
import { Command, Option } from "commander";
import { formatDuration, formatNumber } from "../format.js";
import type { LookResult } from "../look/look.js";
import { planLook, type LookOptions } from "../look/plan.js";
import type { LookProgress } from "../models/deconvnet/look.js";
import { createRate } from "../rate.js";
import { interruptible } from "./terminal/interrupt.js";
import { wholeOption } from "./arguments/number-option.js";
import { modelFlag, modelHelp } from "./arguments/model-option.js";

const examples = `
Examples:
  cyclegan look --model runs/zebra --input photos                      the generator from A to B
  cyclegan look --model runs/zebra --network D_B --input zebras --output d.html
  cyclegan look --model runs/zebra --input photos --layer model.4 model.7 --count 16
  cyclegan look --model runs/zebra --input photos --layer model.7 --channels 3 17 64
  cyclegan look --model runs/faces --input photos --guided             the discriminator of a GAN
  cyclegan look --model horse2zebra.pth --input photos --crop-size 128

Writes a page and a picture. For each channel they show nine parts of images, those that activate it most, and beside them what in
these made it active: a deconvnet goes from that one activation back to the pixels (arXiv 1311.2901). "inspect" lists the layers of a
network. Ctrl-C ends the work and writes the channels that are finished.`;

export function lookCommand(): Command {
  const channels = new Option("--channels <n...>", "numbers of channels, from 0 (default: the most active ones)");
  const cropSize = new Option("--crop-size <pixels>", "resize images to squares of this side (default: as in training; 256 for a file)");
  const parse = wholeOption("--channels", 0);
  const command = new Command("look")
    .description("show what the channels of a trained network respond to")
    .requiredOption(modelFlag, modelHelp("a network"))
    .requiredOption("--input <path...>", "images, folders of images (with their subfolders) or quoted patterns; for a discriminator of pairs, A is their left half")
    .option("--network <name>", "which network of the model, such as D_A (default: one that translates; of a GAN, its discriminator)")
    .option("--layer <name...>", "layers, such as model.4 (default: all that have weights)")
    .addOption(channels.argParser((text: string, before: readonly number[] | undefined) => [...(before ?? []), parse(text)]))
    .option("--count <n>", "how many channels of each layer, the most active ones (default: 8)", wholeOption("--count", 1))
    .option("--guided", "ReLUs also cut off the signal where they cut off the activation: sharper for networks without max-pools", false)
    .option("--output <page>", "the page to write; the picture beside it ends in .png", "look.html")
    .addOption(cropSize.argParser(wholeOption("--crop-size", 8)))
    .option("--epoch <tag>", "which weights: the number of an epoch, latest, or best (on held-out images)", "latest")
    .option("--adapter <which>", "auto | hardware | software | a number that doctor shows | part of a name", "auto")
    .addHelpText("after", examples);
  return command.action(() => runLook(command.opts<Values>()));
}

type Values = LookOptions & { readonly adapter: string };

async function runLook(options: Values): Promise<void> {
  await planLook(options);
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(options.adapter);
  const { look } = await import("../look/look.js");
  const { createStatusLine } = await import("./terminal/status-line.js");
  const line = createStatusLine();
  line.message("Preparing the device and the model.");
  const format = progressFormatter();
  const work = (signal: AbortSignal): Promise<LookResult> => {
    return look(options, {
      signal,
      onMessage: (text) => line.message(text),
      onProgress: (progress) => {
        const text = format(progress);
        line.show(() => text);
      },
    });
  };
  const { result, exitCode } = await interruptible(work, () => line.message("Finishing.")).finally(() => line.done());
  const skipped = result.skipped > 0 ? `, ${result.skipped} ${result.skipped === 1 ? "image" : "images"} skipped` : "";
  process.stderr.write(`Channels: ${result.channels}${skipped}, in ${formatDuration(result.seconds)}.\n`);
  if (result.interrupted) process.exitCode = exitCode;
  if (result.page !== undefined) process.stdout.write(`${result.page}\n${result.picture}\n`);
}

const doing: Readonly<Record<LookProgress["phase"], string>> = { search: "images searched", projection: "projections" };

/** Speed and time left are those of the current phase. */
function progressFormatter(): (progress: LookProgress) => string {
  let rate = createRate();
  let current: LookProgress["phase"] | undefined;
  return ({ phase, done, total }) => {
    if (phase !== current) rate = createRate();
    current = phase;
    rate.note(done, performance.now() / 1000);
    const perSecond = rate.perSecond();
    const speed = perSecond ? `  ${formatNumber(perSecond)}/s  ${formatDuration((total - done) / perSecond)} left` : "";
    return `${done}/${total} ${doing[phase]}${speed}`;
  };
}
