import { Command, Option } from "commander";
import { formatSpeed } from "../train/progress.js";
import { formatDuration } from "../train/rate.js";
import { planTranslation } from "../train/translate-plan.js";
import type { TranslateProgress, TranslateResult } from "../train/translate.js";
import { interruptedExitCode, interruptible } from "./interrupt.js";

const examples = `
Examples:
  cyclegan translate --model runs/zebra --direction AtoB --input photos --output striped
  cyclegan translate --model runs/zebra --direction BtoA --input one.jpg --output plain --epoch 150

Images keep their size and their names; JPEG and WebP stay what they are, all else becomes PNG.`;

/** `cyclegan translate`. */
export function translateCommand(): Command {
  const direction = new Option("--direction <way>", "from which domain to which").default("AtoB");
  const command = new Command("translate")
    .description("turn images of one domain into the other with a trained model")
    .requiredOption("--model <run>", "folder of the run, as in runs/<name>")
    .requiredOption("--input <path>", "an image, or a folder of images (with its subfolders)")
    .requiredOption("--output <folder>", "where the results go; made when it is not there")
    .addOption(direction.choices(["AtoB", "BtoA"]))
    .option("--epoch <tag>", "weights of which epoch: a number, latest, or best on held-out images", "latest")
    .option("--adapter <which>", "auto | hardware | software | part of an adapter's name", "auto")
    .option("--tune", "measure once which kernels are fastest for images like the first; results change within rounding", false)
    .addHelpText("after", examples);
  return command.action(() => runTranslate(command));
}

interface Values {
  readonly model: string;
  readonly input: string;
  readonly output: string;
  readonly direction: "AtoB" | "BtoA";
  readonly epoch: string;
  readonly adapter: string;
  readonly tune: boolean;
}

async function runTranslate(command: Command): Promise<void> {
  const options = command.opts<Values>();
  planTranslation(options);
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(options.adapter);
  const { translate } = await import("../train/translate.js");
  const { createStatusLine } = await import("../train/status-line.js");
  const line = createStatusLine();
  line.message("Preparing the device and the model.");
  const work = (signal: AbortSignal): Promise<TranslateResult> =>
    translate(options, {
      signal,
      onProgress: (progress) => line.show(() => formatTranslateProgress(progress)),
      onMessage: (text) => line.message(text),
    });
  const result = await interruptible(work, () => line.message("Finishing this image.")).finally(() => line.done());
  const { written, skipped, seconds } = result;
  process.stderr.write(`Images: ${written} translated, ${skipped} skipped, in ${formatDuration(seconds)}.\n`);
  process.stdout.write(`${options.output}\n`);
  if (result.interrupted) process.exitCode = interruptedExitCode;
}

function formatTranslateProgress({ done, total, imagesPerSecond }: TranslateProgress): string {
  const left = imagesPerSecond ? `  ${formatDuration((total - done) / imagesPerSecond)} left` : "";
  const speed = imagesPerSecond ? `  ${formatSpeed(imagesPerSecond)} images/s` : "";
  return `${done}/${total} images${speed}${left}`;
}
