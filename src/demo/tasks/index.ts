/** The tasks of the demo. */
import { UsageError } from "../../errors.js";
import type { DemoTask } from "../task.js";
import { edges2emoji } from "./edges2emoji.js";
import { emoji } from "./emoji.js";
import { enhance } from "./enhance.js";
import { fruit } from "./fruit.js";
import { gray2color } from "./gray2color.js";
import { labels2scene } from "./labels2scene.js";
import { noise2emoji } from "./noise2emoji.js";
import { photo2poster } from "./photo2poster.js";
import { seasons } from "./seasons.js";
import { style } from "./style.js";

export const tasks: readonly DemoTask[] = [style, gray2color, edges2emoji, enhance, noise2emoji, labels2scene, fruit, seasons, photo2poster, emoji];

/** The task of a name. Throws a UsageError that lists all tasks. */
export function taskNamed(name: string): DemoTask {
  const task = tasks.find((one) => one.name === name);
  if (task) return task;
  throw new UsageError(`--task: expected ${tasks.map((one) => one.name).join(", ")}, got "${name}".`);
}
