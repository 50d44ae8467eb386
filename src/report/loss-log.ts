/** loss_log.txt: the log in the reference's format, for the scripts that people have for it. */
import { join } from "node:path";
import { writeFileWhole } from "../io/files.js";
import { readLines } from "../io/json-lines.js";

export interface LossLogOptions {
  readonly title: string;
  /** The names of the losses, in their order. */
  readonly losses: readonly string[];
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
}

/**
 * Writes `<run>/loss_log.txt` from log.jsonl. A line has the epoch, the images of a domain seen in it, and the seconds per image
 * of a step and of its wait for images: `(epoch: 1, iters: 100, time: 0.123, data: 0.002) D_A: 0.250 G_A: 0.313 …`.
 */
export function writeLossLog(run: string, { title, losses, stepsPerEpoch, batchSize }: LossLogOptions): void {
  const lines = readLines(join(run, "log.jsonl")).map((entry) => {
    const number = (key: string): number => Number(entry[key] ?? NaN);
    const images = (((number("step") - 1) % stepsPerEpoch) + 1) * batchSize;
    const seconds = (key: string): string => (number(key) / batchSize).toFixed(3);
    const values = losses.filter((name) => name in entry).map((name) => `${name}: ${number(name).toFixed(3)}`);
    return `(epoch: ${number("epoch")}, iters: ${images}, time: ${seconds("secondsPerStep")}, data: ${seconds("dataWait")}) ${values.join(" ")}\n`;
  });
  writeFileWhole(join(run, "loss_log.txt"), `================ Training Loss (${title}) ================\n${lines.join("")}`);
}
