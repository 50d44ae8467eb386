/** `cyclegan queue status`. */
import { Command } from "commander";
import { formatDuration, formatNumber } from "../../format.js";
import { formatOptions } from "../../translate/queue/job-settings.js";
import type { TranslationQueue } from "../../translate/queue/translation-queue.js";
import { wholeOption } from "../arguments/number-option.js";
import { printable } from "../terminal/printable.js";
import { addQueueOptions, withQueue, type QueueValues } from "./queue-options.js";

type Values = QueueValues & { readonly most: number };

export function statusCommand(): Command {
  const command = addQueueOptions(new Command("status").description("show how far a job is, which images workers have, and which failed"));
  command.option("--most <n>", "how many images of each kind to name", wholeOption("--most", 0), 20);
  return command.action(() => runStatus(command.opts<Values>()));
}

async function runStatus(values: Values): Promise<void> {
  const lines = await withQueue(values, (text) => void process.stderr.write(`${text}\n`), (queue) => describe(queue, values.most));
  process.stdout.write(`${lines.map(printable).join("\n")}\n`);
}

/** The lines of the state of a job. */
async function describe(queue: TranslationQueue, most: number): Promise<readonly string[]> {
  const { options, paths, weights } = await queue.existing();
  const [{ total, done, failed, active, waiting }, perSecond] = [await queue.progress(), await queue.rate()];
  const left = active + waiting;
  const pace = perSecond > 0 && left > 0 ? `, ${formatNumber(perSecond)} images/s, ${formatDuration(left / perSecond)} left` : "";
  const [had, lost] = [await queue.active(), await queue.failed(most)];
  return [
    `Job ${queue.name}: ${done} of ${total} images done, ${failed} failed, ${active} with workers, ${waiting} waiting${pace}`,
    `Model: ${paths.model} (SHA-256 ${weights.slice(0, 12)}) ${formatOptions(options)}`,
    `From ${paths.input} to ${paths.output}`,
    ...section("With workers", had.map(({ name, worker, seconds }) => `${name}: ${worker}, for ${formatDuration(seconds)}`), active, most),
    ...section("Failed (cyclegan queue retry tries them again)", lost.map(({ name, error }) => (error.includes(name) ? error : `${name}: ${error}`)), failed, most),
  ];
}

/** The lines of a list, of which at most some are shown; none if it is empty. */
function section(title: string, items: readonly string[], total: number, most: number): readonly string[] {
  if (items.length === 0) return [];
  const shown = items.slice(0, most).map((item) => `  ${item}`);
  const more = total - shown.length;
  return [`${title}:`, ...shown, ...(more > 0 ? [`  and ${more} more (--most)`] : [])];
}
