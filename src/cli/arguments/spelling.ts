/** Accepts command lines written for the reference: its underscores, its capitals, and its own options. */
import { UsageError } from "../../errors.js";
import { referenceOptions, type ReferenceOption } from "./reference-options.js";

/** A command line with this product's options, and a line for each reason for which options are ignored. */
export interface Respelt {
  readonly args: readonly string[];
  readonly notes: readonly string[];
}

/** `lambda_A` → `lambda-a`, `netG` → `net-g`. */
function kebab(flag: string): string {
  return flag
    .replaceAll("_", "-")
    .replace(/(?<=[a-z])(?=[A-Z])/g, "-")
    .toLowerCase();
}

function optionsFor(command: string | undefined): ReadonlyMap<string, ReferenceOption> {
  const known = referenceOptions.filter(({ commands }) => commands.some((one) => one === command));
  return new Map(known.map((option) => [option.name, option]));
}

/**
 * Turns the reference's options into this product's. Arguments of `exec` and everything after `--` stay as they are. Throws a
 * UsageError for a value that has no counterpart.
 */
export function respell(args: readonly string[]): Respelt {
  if (args[0] === "exec") return { args: [...args], notes: [] };
  const end = args.indexOf("--");
  const [own, rest] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end)];
  const spelt = own.map((argument) => {
    if (!argument.startsWith("--")) return argument;
    const [flag = "", ...value] = argument.split("=");
    return [kebab(flag), ...value].join("=");
  });
  const { args: replaced, notes } = replace(spelt);
  return { args: [...replaced, ...rest], notes };
}

function replace(args: readonly string[]): Respelt {
  const options = optionsFor(args[0]);
  const replaced: string[] = [];
  const ignored = new Map<string, string[]>();
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    const [flag = "", ...joined] = argument.split("=");
    const option = options.get(flag);
    if (!option) {
      replaced.push(argument);
      continue;
    }
    const hasNext = option.takesValue === true || (option.takesValue === "maybe" && /^(true|false)$/i.test(args[index + 1] ?? ""));
    const value = joined.length > 0 ? joined.join("=") : hasNext ? args[++index] : "";
    if (value === undefined) throw new UsageError(`${flag}: expected a value, got none.`);
    const answer = option.answer(value, args);
    replaced.push(...answer.args);
    if (answer.ignored !== undefined) ignored.set(answer.ignored, [...(ignored.get(answer.ignored) ?? []), flag]);
  }
  const notes = [...ignored].map(([why, flags]) => `${flags.join(", ")} ${flags.length === 1 ? "is" : "are"} ignored: ${why}.`);
  return { args: replaced, notes };
}
