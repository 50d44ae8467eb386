/** `cyclegan translate`. */
import { join } from "node:path";
import { Command } from "commander";
import { UsageError } from "../errors.js";
import { parseShard, planTranslation, type TranslateOptions } from "../translate/plan.js";
import { modelFlag, modelHelp } from "./arguments/model-option.js";
import { wholeOption } from "./arguments/number-option.js";
import { addDeviceOptions, addImageOptions } from "./arguments/translation-options.js";
import { reportTranslation } from "./report-translation.js";
import { writeResults } from "./write-results.js";

const examples = `
Examples:
  cyclegan translate --model runs/zebra --input photos --output striped
  cyclegan translate --model runs/zebra --direction BtoA --input one.jpg --output plain.webp --quality 80
  cyclegan translate --model runs/zebra --input a.png b.png 'more/**/*.jpg' --output striped --format png
  cyclegan translate --model horse2zebra.pth --input photos --output striped
  cyclegan translate --model emoji --input emoji.png --output twemoji.png     (a generator that comes with this package)
  cyclegan translate --model runs/zebra --input - --output - < horse.jpg > zebra.jpg
  cyclegan translate --model runs/zebra --input logos --output striped --format webp --keep-alpha
  cyclegan translate --model runs/zebra --input huge.tiff --output huge.png --memory 1
  cyclegan translate --model runs/zebra --input photos --output striped --load-size 286     (the scale of the training)
  cyclegan translate --model runs/zebra --input photos --output striped --mask-dir horses     (horses/1.png is the mask of photos/1.jpg)
  cyclegan translate --model runs/zebra --input photos --output striped --shard 3/8     (the fourth of eight parts)

Images keep their size, unless --scale or --load-size resizes them or the model comes with this package, their name, and their format if it can be written: png, jpg,
webp, tiff, npy. Other formats become PNG, or TIFF if the network makes other channels than 1 or 3. PNG, TIFF and .npy keep the bits of
the input, JPEG and WebP have 8. The EXIF orientation is applied. If --output is a folder, images that were finished before with the same
weights and options are not translated again, so an interrupted job continues when you start it again. The folder also gets
index.html, with each image beside its translation.`;

export function translateCommand(): Command {
  const command = new Command("translate")
    .description("translate images from one domain into the other with a trained model")
    .requiredOption(modelFlag, modelHelp("a generator"))
    .requiredOption("--input <path...>", "images, folders of images (with their subfolders), quoted patterns, or -")
    .requiredOption("--output <path>", "a folder, created if necessary; for one image also a file, or -");
  addDeviceOptions(addImageOptions(command))
    .option("--batch <n>", "how many images of one size are translated together", wholeOption("--batch", 1, 1024), 1)
    .option("--shard <i/n>", "only part i of n, counted from 0, the same on every machine", parseShard)
    .option("--overwrite", "translate finished images again", false)
    .option("--strict", "end with an error at the first image that cannot be used or written, which is otherwise named and skipped", false)
    .addHelpText("after", examples);
  return command.action(() => runTranslate(command));
}

type Values = TranslateOptions & { readonly input: readonly string[]; readonly adapter: string };

async function runTranslate(command: Command): Promise<void> {
  const options = command.opts<Values>();
  const streams = options.output === "-";
  if (streams && process.stdout.isTTY) {
    throw new UsageError("--output -: standard output is a terminal. Redirect it to a file or a pipe.");
  }
  const { folder, allImages } = await planTranslation(options);
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(options.adapter);
  const { written, finished } = await reportTranslation(options);
  if (folder !== undefined && written + finished > 0) {
    writeResults(join(folder, "index.html"), `${options.model}, ${options.direction}`, [{ direction: options.direction, images: allImages }]);
  }
  if (!streams && written + finished > 0) process.stdout.write(`${options.output}\n`);
}
