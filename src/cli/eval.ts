/** `cyclegan eval`. */
import { Command, Option } from "commander";
import type { EvaluateHooks } from "../evaluate/evaluate.js";
import { planEvaluation, type EvaluateOptions } from "../evaluate/plan.js";
import { planSegmentation } from "../evaluate/segmentation.js";
import { formatDuration, formatNumber } from "../format.js";
import { createRate } from "../rate.js";
import { formatEvaluation } from "./format-evaluation.js";
import { formatSegmentation } from "./format-segmentation.js";
import { modelFlag, modelHelp } from "./arguments/model-option.js";
import { pixelsOption, wholeOption } from "./arguments/number-option.js";

const examples = `
Examples:
  cyclegan eval --model runs/zebra                     on testA and testB of the training's data set
  cyclegan eval --model runs/zebra --dataroot other/horse2zebra --epoch 150 --images 50
  cyclegan eval --model horse2zebra.pth --back zebra2horse.pth --dataroot datasets/horse2zebra
  cyclegan eval --model zebra2horse.pth --direction BtoA --dataroot datasets/horse2zebra --crop-size 128
  cyclegan eval --model runs/zebra --json > zebra.json
  cyclegan eval --model runs/fcn                       accuracy and IoU of an FCN
  cyclegan eval --model runs/streets --fcn-score runs/fcn

SWD is the sliced Wasserstein distance between 7×7 patches of the translations and of the real test images, at every octave.
Two sets of real images are not at 0 either: compare with the row of real training images, and compare only equal numbers of
images. For a file, without --back, one direction is measured and there is no cycle. Images of one name in testA and testB
(1.png in both, or 1_A.png and 1_B.png) are also compared pixel by pixel.

--fcn-score is for models that make photos from labels, the images of B: the FCN labels the photos, and the result is compared with
the labels that they were made from.`;

export function evalCommand(): Command {
  const images = new Option("--images <n>", "how many test images of each domain to use, evenly chosen; 0: all").default(0);
  const direction = new Option("--direction <way>", "if --model is a file: the direction of its generator").default(undefined, "AtoB");
  const cropSize = new Option("--crop-size <pixels>", "resize images to squares of this side (default: as in training; 256 for a file)");
  const command = new Command("eval")
    .description("measure a trained model on test images")
    .requiredOption(modelFlag, modelHelp("a generator"))
    .option("--back <file>", "if --model is a file: the generator of the other direction")
    .addOption(direction.choices(["AtoB", "BtoA"]))
    .option("--dataroot <folder>", "data set with test images (default: that of the run's training)")
    .addOption(cropSize.argParser(pixelsOption("--crop-size", 8)))
    .option("--epoch <tag>", "which weights: the number of an epoch, latest, or best (on held-out images)", "latest")
    .option("--fcn-score <run>", "a run of --model fcn, or a file of its weights, that labels the photos which the model makes from labels")
    .addOption(images.argParser(wholeOption("--images", 0)))
    .option("--max-pixels <n>", "the most pixels that an image may have (default: 67108864, 8192 x 8192)", wholeOption("--max-pixels", 1))
    .option("--strict", "end with an error at an image that cannot be used, which is otherwise named and left out", false)
    .option("--json", "print all figures as one JSON object", false)
    .option("--adapter <which>", "auto | hardware | software | a number that doctor shows | part of a name", "auto")
    .addHelpText("after", examples);
  return command.action(() => runEval(command.opts<Values>()));
}

type Values = EvaluateOptions & { readonly json: boolean; readonly adapter: string };

async function runEval(values: Values): Promise<void> {
  const segmentation = await planSegmentation(values);
  if (!segmentation) await planEvaluation(values);
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(values.adapter);
  const { evaluate } = await import("../evaluate/evaluate.js");
  const { evaluateSegmentation } = await import("../evaluate/segmentation.js");
  const { createStatusLine } = await import("./terminal/status-line.js");
  const line = createStatusLine();
  const rate = createRate();
  line.message("Preparing the device, the model and the images.");
  const hooks: EvaluateHooks = {
    onMessage: (text) => line.message(text),
    onProgress: ({ done, total }) => {
      rate.note(done, performance.now() / 1000);
      const perSecond = rate.perSecond();
      const speed = perSecond ? `  ${formatNumber(perSecond)} images/s  ${formatDuration((total - done) / perSecond)} left` : "";
      line.show(() => `${done}/${total} images ${segmentation ? "labelled" : "there and back"}${speed}`);
    },
  };
  const print = <T>(evaluation: T, format: (evaluation: T) => string): void =>
    void process.stdout.write(`${values.json ? JSON.stringify(evaluation, undefined, 2) : format(evaluation)}\n`);
  try {
    if (segmentation) print(await evaluateSegmentation(values, hooks), formatSegmentation);
    else print(await evaluate(values, hooks), formatEvaluation);
  } finally {
    line.done();
  }
}
