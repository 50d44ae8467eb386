/** The option --value-range of commands without a table of options. */
import { Option } from "commander";
import { parseValueRange, VALUE_RANGE_HELP, type ValueRange } from "../../data/value-range.js";
import { UsageError } from "../../errors.js";

function parse(text: string): ValueRange {
  const range = parseValueRange(text);
  if (range !== undefined) return range;
  throw new UsageError(`--value-range: expected auto, or two numbers such as 0,4095, the first below the second, got ${JSON.stringify(text)}.`);
}

/** Without it, the run's own range. */
export function valueRangeOption(): Option {
  return new Option("--value-range <black,white>", `${VALUE_RANGE_HELP} (default: that of the training)`).argParser(parse);
}
