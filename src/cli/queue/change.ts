/** `cyclegan queue retry` and `cyclegan queue remove`. */
import { Command } from "commander";
import { addQueueOptions, withQueue, type QueueValues } from "./queue-options.js";

const say = (text: string): void => void process.stderr.write(`${text}\n`);

export function retryCommand(): Command {
  const command = addQueueOptions(new Command("retry").description("put the images of a job that failed back into its queue"));
  return command.action(async () => {
    const values = command.opts<QueueValues>();
    const count = await withQueue(values, say, async (queue) => {
      await queue.existing();
      return queue.retry();
    });
    say(`Job ${values.name}: ${count} ${count === 1 ? "image" : "images"} put back.`);
  });
}

export function removeCommand(): Command {
  const command = addQueueOptions(new Command("remove").description("remove a job from the server; files stay"));
  command.option("--force", "also if workers have images of the job", false);
  return command.action(async () => {
    const { force, ...values } = command.opts<QueueValues & { readonly force: boolean }>();
    await withQueue(values, say, (queue) => queue.remove(force));
    say(`Job ${values.name}: removed. Its translations stay where they are.`);
  });
}
