import { Command } from "commander";
import { checkTraining } from "../train/check-training.js";
import { formatProgress } from "../train/progress.js";
import { formatDuration } from "../train/rate.js";
import type { TrainResult } from "../train/train.js";
import { interruptedExitCode, interruptible } from "./interrupt.js";
import { addTrainOptions, configOf } from "./options.js";
import { acceptForeignOptions, foreignNotes } from "./spelling.js";

const examples = `
Examples:
  cyclegan train --dataroot datasets/horse2zebra --name zebra
  cyclegan train --dataroot datasets/horse2zebra --name small --net-g resnet_6blocks --load-size 143 --crop-size 128
  cyclegan train --dataroot datasets/horse2zebra --name try --max-steps 20 --print-freq 1 --overwrite

The run is in runs/<name>: index.html (curves and samples), log.jsonl, samples, checkpoints.
Counts are images, as in the reference. Ctrl-C finishes the step, saves the weights and ends.`;

/** `cyclegan train`. */
export function trainCommand(): Command {
  const command = new Command("train").description("train on the images of <dataroot>/trainA and trainB");
  acceptForeignOptions(addTrainOptions(command)).addHelpText("after", examples);
  return command.action(() => runTrain(command));
}

async function runTrain(command: Command): Promise<void> {
  const config = configOf(command);
  const notes = foreignNotes(command);
  checkTraining(config);
  const { withAdapter } = await import("../driver/reexec.js");
  await withAdapter(config.adapter);
  for (const note of notes) process.stderr.write(`${note}\n`);
  const { train } = await import("../train/train.js");
  const { createStatusLine } = await import("../train/status-line.js");
  const line = createStatusLine();
  line.message("Preparing the device and the first images.");
  const work = (signal: AbortSignal): Promise<TrainResult> =>
    train(config, {
      signal,
      onProgress: (progress) => line.show(() => formatProgress(progress)),
      onMessage: (text) => line.message(text),
    });
  const result = await interruptible(work, () =>
    line.message("Finishing this step and saving the weights. Ctrl-C again ends at once, without saving."),
  ).finally(() => line.done());
  const { interrupted, steps, seconds, report } = result;
  const how = interrupted ? "Stopped" : "Done";
  process.stderr.write(`${how} after ${steps} steps in ${formatDuration(seconds)}. Weights are saved.\n`);
  process.stdout.write(`${report}\n`);
  if (interrupted) process.exitCode = interruptedExitCode;
}
