/** `cyclegan queue`. */
import { Command } from "commander";
import { addCommand } from "./add.js";
import { removeCommand, retryCommand } from "./change.js";
import { statusCommand } from "./status.js";
import { workCommand } from "./work.js";

const examples = `
Examples:
  export CYCLEGAN_REDIS=redis://10.0.0.5:6379                                         or --redis, in every command
  cyclegan queue add --name zebra --model runs/zebra --input photos --output striped  once
  cyclegan queue work --name zebra                                                    on every machine
  cyclegan queue work --name zebra --input /mnt/photos --output /mnt/striped          where the folders are elsewhere
  cyclegan queue status --name zebra                                                  how far the job is, and what failed

The machines share the folders of images. The queue, in a server of Redis or Valkey, gives each worker one image after the other.
Workers may come and go: if one dies, its image goes to another. It needs the packages bullmq and ioredis.`;

export function queueCommand(): Command {
  return new Command("queue")
    .summary("translate the images of a folder on many machines, with a queue in Redis")
    .description("Translate the images of a folder on many machines, which share the folder and a queue in Redis.")
    .addCommand(addCommand())
    .addCommand(workCommand())
    .addCommand(statusCommand())
    .addCommand(retryCommand())
    .addCommand(removeCommand())
    .addHelpText("after", examples);
}
