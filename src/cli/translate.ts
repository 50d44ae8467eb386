/** `cyclegan translate`. */
import { join } from "node:path";
import { Command, Option } from "commander";
import { outputFormats } from "../data/output-format.js";
import { UsageError } from "../errors.js";
import { precisions } from "../models/parts/precision.js";
import { parseShard, planTranslation, type TranslateOptions } from "../translate/plan.js";
import { modelFlag, modelHelp } from "./arguments/model-option.js";
import { gigabytesOption, numberOption, pixelsOption, wholeOption } from "./arguments/number-option.js";
import { valueRangeOption } from "./arguments/value-range-option.js";
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
  const direction = new Option("--direction <way>", "from which domain to which").default("AtoB");
  const format = new Option("--format <kind>", "format of the translations").default(undefined, "that of the input, else png or tiff");
  const scale = new Option("--scale <factor>", "multiply the sides of images by this, as a message advises if the training's scale is another");
  const memory = new Option("--memory <GB>", "limit of device memory; images that need more are computed in tiles (default: 2)");
  const command = new Command("translate")
    .description("translate images from one domain into the other with a trained model")
    .requiredOption(modelFlag, modelHelp("a generator"))
    .requiredOption("--input <path...>", "images, folders of images (with their subfolders), quoted patterns, or -")
    .requiredOption("--output <path>", "a folder, created if necessary; for one image also a file, or -")
    .addOption(direction.choices(["AtoB", "BtoA"]))
    .option("--epoch <tag>", "which weights: the number of an epoch, latest, or best (on held-out images)", "latest")
    .addOption(format.choices(outputFormats))
    .option("--quality <percent>", "quality of jpg and webp (default: 95)", wholeOption("--quality", 1, 100))
    .option("--keep-alpha", "keep transparency instead of compositing over white", false)
    .addOption(scale.argParser(numberOption("--scale", "a number above 0", (value) => value > 0)))
    .option("--load-size <pixels>", "resize images so that their shorter side has this many pixels", wholeOption("--load-size", 4))
    .option("--mask-dir <folder>", "masks with the names of the images: pixels that are black there keep their value")
    .option("--batch <n>", "how many images of one size are translated together", wholeOption("--batch", 1, 1024), 1)
    .addOption(new Option("--precision <kind>", "how activations are stored; f16 needs about half the memory").choices(precisions).default("f32"))
    .addOption(memory.argParser(gigabytesOption("--memory")))
    .option("--tile <pixels>", "compute every image in tiles of this side", pixelsOption("--tile", 16))
    .option("--shard <i/n>", "only part i of n, counted from 0, the same on every machine", parseShard)
    .option("--max-pixels <n>", "the most pixels that an image may have (default: 67108864, 8192 x 8192)", wholeOption("--max-pixels", 1))
    .addOption(valueRangeOption())
    .option("--ignore-icc", "use colours as they are stored, without converting them to sRGB (default: as in the training)")
    .option("--overwrite", "translate finished images again", false)
    .option("--strict", "end with an error at the first image that cannot be used or written, which is otherwise named and skipped", false)
    .option("--adapter <which>", "auto | hardware | software | a number that doctor shows | part of a name", "auto")
    .option("--tune", "first measure which kernels are fastest for the size of the first image; results change within rounding", false)
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
