/** `cyclegan queue add`. */
import { Command } from "commander";
import type { TranslateOptions } from "../../translate/plan.js";
import { addImageOptions } from "../arguments/translation-options.js";
import { modelFlag, modelHelp } from "../arguments/model-option.js";
import { createStatusLine } from "../terminal/status-line.js";
import { addQueueOptions, addressOf, withQueue, type QueueValues } from "./queue-options.js";

const notes = `
The model and these options hold for all workers. A job that has them already gets the images that it does not have yet. Images that
are in --output, finished with the same weights and options, are left out. With --overwrite, the job gets all images again.`;

export function addCommand(): Command {
  const command = new Command("add")
    .description("add the images of a folder to a job")
    .requiredOption(modelFlag, modelHelp("a generator"))
    .requiredOption("--input <folder>", "folder of images (with its subfolders)")
    .requiredOption("--output <folder>", "folder of the translations, created if necessary");
  addImageOptions(addQueueOptions(command))
    .option("--overwrite", "translate finished images again, also those that the job has", false)
    .option("--strict", "make an error of images that would be left out because they cannot be used", false)
    .addHelpText("after", notes);
  return command.action(() => runAdd(command));
}

async function runAdd(command: Command): Promise<void> {
  const values = command.opts<QueueValues & TranslateOptions>();
  addressOf(values);
  const { addImages, planJob } = await import("../../translate/queue/add-images.js");
  const line = createStatusLine();
  const onMessage = (text: string): void => line.message(text);
  const planned = await planJob(values, { onMessage });
  const { length } = planned.images;
  const { added, before, input } = await withQueue(values, onMessage, (queue) => addImages(queue, planned, (count) => line.show(() => `${count}/${length} images added`))).finally(() => line.done());
  const known = before > 0 ? `, ${before} ${before === 1 ? "was" : "were"} in it before` : "";
  process.stderr.write(`Job ${values.name}: ${added} ${added === 1 ? "image" : "images"} added${known}.\n`);
  const { paths } = planned.settings;
  if (input !== paths.input) process.stderr.write(`The job was begun with ${input}, where workers without --input look for these images, too.\n`);
  process.stderr.write(`Translate:  cyclegan queue work --name ${values.name}\nFollow:     cyclegan queue status --name ${values.name}\n`);
}
