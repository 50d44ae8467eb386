/** The options of commands that translate images of any kind with a trained model. */
import { Option } from "commander";
import type { Command } from "commander";
import { outputFormats } from "../../data/output-format.js";
import { precisions } from "../../models/parts/precision.js";
import { gigabytesOption, numberOption, pixelsOption, wholeOption } from "./number-option.js";
import { valueRangeOption } from "./value-range-option.js";

export const maskFlag = "--mask-dir <folder>";

/** Adds the options that decide what becomes of an image. */
export function addImageOptions(command: Command): Command {
  const direction = new Option("--direction <way>", "from which domain to which").default("AtoB");
  const format = new Option("--format <kind>", "format of the translations").default(undefined, "that of the input, else png or tiff");
  const scale = new Option("--scale <factor>", "multiply the sides of images by this, as a message advises if the training's scale is another");
  return command
    .addOption(direction.choices(["AtoB", "BtoA"]))
    .option("--epoch <tag>", "which weights: the number of an epoch, latest, or best (on held-out images)", "latest")
    .addOption(format.choices(outputFormats))
    .option("--quality <percent>", "quality of jpg and webp (default: 95)", wholeOption("--quality", 1, 100))
    .option("--keep-alpha", "keep transparency instead of compositing over white", false)
    .addOption(scale.argParser(numberOption("--scale", "a number above 0", (value) => value > 0)))
    .option("--load-size <pixels>", "resize images so that their shorter side has this many pixels", wholeOption("--load-size", 4))
    .option(maskFlag, "masks with the names of the images: pixels that are black there keep their value")
    .addOption(new Option("--precision <kind>", "how activations are stored; f16 needs about half the memory").choices(precisions).default("f32"))
    .option("--max-pixels <n>", "the most pixels that an image may have (default: 67108864, 8192 x 8192)", wholeOption("--max-pixels", 1))
    .addOption(valueRangeOption())
    .option("--ignore-icc", "use colours as they are stored, without converting them to sRGB (default: as in the training)");
}

/** Adds the options that each machine has for itself. */
export function addDeviceOptions(command: Command): Command {
  const memory = new Option("--memory <GB>", "limit of device memory; images that need more are computed in tiles (default: 2)");
  return command
    .addOption(memory.argParser(gigabytesOption("--memory")))
    .option("--tile <pixels>", "compute every image in tiles of this side", pixelsOption("--tile", 16))
    .option("--adapter <which>", "auto | hardware | software | a number that doctor shows | part of a name", "auto")
    .option("--tune", "first measure which kernels are fastest for the size of the first image; results change within rounding", false);
}
