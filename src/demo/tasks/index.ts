/** The tasks of the demo. */
import { UsageError } from "../../errors.js";
import type { DemoTask } from "../task.js";
import { photo2poster } from "./photo2poster.js";
import { style } from "./style.js";

export const tasks: readonly DemoTask[] = [style, photo2poster];

/** The task of a name. Throws a UsageError that lists all tasks. */
export function taskNamed(name: string): DemoTask {
  const task = tasks.find((one) => one.name === name);
  if (task) return task;
  throw new UsageError(`--task: expected ${tasks.map((one) => one.name).join(", ")}, got "${name}".`);
}
