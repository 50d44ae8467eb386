import { Command } from "commander";
import { compareRuns } from "../report/comparison/compare-runs.js";
import { summaryHeadings, summaryOf } from "../report/comparison/comparison-page.js";
import { printableLines } from "./terminal/printable.js";

const examples = `
Examples:
  cyclegan compare runs/*                        all runs, on compare.html
  cyclegan compare runs --output all.html        the same by their folder
  cyclegan compare runs/zebra runs/zebra-ema     two of them

Prints what each run reached, the best held-out metric first, and writes a page: the settings that differ, the newest samples of the same
inputs side by side, and every loss and metric as a chart with a line for each run.`;

/** `cyclegan compare`. */
export function compareCommand(): Command {
  return new Command("compare")
    .description("compare runs on one page: metrics, settings that differ, samples, curves")
    .argument("<runs...>", "folders of runs, or folders that hold runs, such as runs")
    .option("--output <page>", "the page to write", "compare.html")
    .addHelpText("after", examples)
    .action((runs: readonly string[], { output }: { readonly output: string }) => runCompare(runs, output));
}

async function runCompare(paths: readonly string[], output: string): Promise<void> {
  const onMessage = (text: string): void => void process.stderr.write(`${printableLines([text])}\n`);
  const { runs, page } = await compareRuns({ runs: paths, output, onMessage });
  const rows = [["run"].concat(summaryHeadings), ...runs.map((run) => [run.name].concat(summaryOf(run)))];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
  process.stdout.write(`${printableLines([...lines, page])}\n`);
}
