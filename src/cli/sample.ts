/** `cyclegan sample`. */
import { Command, Option } from "commander";
import { outputFormats } from "../data/output-format.js";
import { formatDuration, formatNumber } from "../format.js";
import { planSamples, type SamplingOptions } from "../sample/plan.js";
import type { SampleProgress, SampleResult } from "../sample/sample.js";
import { interruptible } from "./terminal/interrupt.js";
import { wholeOption } from "./arguments/number-option.js";

const examples = `
Examples:
  cyclegan sample --model runs/faces --output samples
  cyclegan sample --model runs/faces --count 500 --seed 1 --epoch best --output more
  cyclegan sample --model netG_epoch_24.pth --output samples --format jpg

The folder gets the images 0000.png and so on, grid.png with all of them (at most 1024), and interpolation.png: images on the way
from the noise of 0000 to that of 0001, along an arc, because the middle of a straight line is shorter than any noise of the
training. An image only depends on the weights, the seed and its number. Files of .pth and .safetensors are those of PyTorch's
dcgan example, at any size that is a power of two.`;

export function sampleCommand(): Command {
  const command = new Command("sample")
    .description("make images from noise with a trained GAN")
    .requiredOption("--model <run>", "folder of a run, such as runs/faces, or a .pth or .safetensors file of a DCGAN generator")
    .requiredOption("--output <folder>", "a folder, created if necessary")
    .option("--count <n>", "how many images", wholeOption("--count", 1), 64)
    .option("--seed <n>", "the same seed gives the same images", wholeOption("--seed", 0), 0)
    .option("--epoch <tag>", "which weights: the number of an epoch, latest, or best (on held-out images)", "latest")
    .addOption(new Option("--format <kind>", "format of the images").choices(outputFormats).default(undefined, "png; tiff for other channels than 1 and 3"))
    .option("--overwrite", "replace files of the same names", false)
    .option("--adapter <which>", "auto | hardware | software | a number that doctor shows | part of a name", "auto")
    .addHelpText("after", examples);
  return command.action(() => runSample(command.opts<Values>()));
}

type Values = SamplingOptions & { readonly adapter: string };

async function runSample(values: Values): Promise<void> {
  await planSamples(values);
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(values.adapter);
  const { sample } = await import("../sample/sample.js");
  const { createStatusLine } = await import("./terminal/status-line.js");
  const line = createStatusLine();
  line.message("Preparing the device and the model.");
  const work = (signal: AbortSignal): Promise<SampleResult> => {
    return sample(values, { signal, onProgress: (progress) => line.show(() => formatSampleProgress(progress)) });
  };
  const { result, exitCode } = await interruptible(work, () => line.message("Finishing these images.")).finally(() => line.done());
  process.stderr.write(`Images: ${result.images.length} in ${formatDuration(result.seconds)}.\n`);
  if (result.interrupted) process.exitCode = exitCode;
  else process.stdout.write(`${result.grid}\n${result.interpolation}\n`);
}

function formatSampleProgress({ done, total, imagesPerSecond }: SampleProgress): string {
  const speed = imagesPerSecond ? `  ${formatNumber(imagesPerSecond)} images/s  ${formatDuration((total - done) / imagesPerSecond)} left` : "";
  return `${done}/${total} images${speed}`;
}
